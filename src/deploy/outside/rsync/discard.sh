# Deletes an edition that readers do not see.
cd -- "$1/releases" 2>/dev/null || exit 0
[ "$(readlink ../current)" = "releases/$2" ] || rm -rf -- "./$2"
