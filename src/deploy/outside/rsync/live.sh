# The record of the edition that readers see: `=` and its bytes; `!` and a reason; or nothing.
cd -- "$1" 2>/dev/null || exit 0
if [ "$2" = plain ]; then
  if [ -f .newsprint-deploy/record.json ]; then printf =; cat .newsprint-deploy/record.json; fi
elif [ -L current ]; then
  to=$(readlink current)
  id=${to##*/}
  if [ "$to" = "releases/$id" ] && [ -f ".newsprint-deploy/editions/$id.json" ]; then
    printf =
    cat ".newsprint-deploy/editions/$id.json"
  else
    printf '!the link `current` leads to `%s`, which is no edition of ours' "$to"
  fi
elif [ -e current ]; then
  printf '!`current` is not a link, and Newsprint will not replace what is not its own'
fi
