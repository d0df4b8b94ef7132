# The folder of our notes, for our eyes only.
[ -d "$1" ] || { mkdir -p -- "${1%/*}" && mkdir -m 700 -- "$1"; }
