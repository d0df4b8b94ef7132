# Brings files back that were put aside.
cd -- "$1" || exit 1
while IFS=' ' read -r digest name; do
  case $name in */*) mkdir -p -- "./${name%/*}" || exit 1 ;; esac
  cp -p ".newsprint-deploy/objects/$digest" "./$name.newsprint-half" && mv -f "./$name.newsprint-half" "./$name" || exit 1
done
