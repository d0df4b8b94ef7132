# Brings files back that were put aside.
cd -- "$1" || exit 1
while IFS=' ' read -r digest name; do
  case $name in */*) mkdir -p -- "./${name%/*}" || exit 1 ;; esac
  half=".newsprint-deploy/half.$$"
  cp -p ".newsprint-deploy/objects/$digest" "$half" && mv -f "$half" "./$name" || exit 1
done
