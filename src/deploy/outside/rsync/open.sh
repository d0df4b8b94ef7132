# Makes ready for an edition: goes on with the one that was begun under this key, or doubles the one it is a change of.
mkdir -p -- "$1/releases" && cd -- "$1/releases" || exit 1
part=".part-$2"
notes=../.newsprint-deploy
if [ ! -d "$part" ] && [ -f "$notes/begun/$2" ]; then
  # A run was lost between its last two steps.
  id=$(cat "$notes/begun/$2")
  case $id in
  *[!A-Za-z0-9-]* | '') ;;
  *) if [ -d "$id" ] && [ "$(readlink ../current)" != "releases/$id" ]; then mv -- "$id" "$part"; fi ;;
  esac
fi
for other in .part-*; do
  [ "$other" = "$part" ] || [ "$other" = '.part-*' ] || rm -rf -- "./$other"
done
if [ -d "$part" ]; then
  echo goes on
  exit 0
fi
fresh=".part-$2-fresh"
if [ -n "$3" ]; then
  cp -al -- "$3" "$fresh" 2>/dev/null || { rm -rf -- "./$fresh" && cp -Rp -- "$3" "$fresh"; } || exit 1
else
  mkdir -- "$fresh" || exit 1
fi
mv -- "$fresh" "$part"
