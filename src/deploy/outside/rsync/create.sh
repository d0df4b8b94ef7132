# A note that must not be there yet: whole before it has its name.
cd -- "$1" || exit 1
cat >"new.$$" || exit 1
if ln "new.$$" "$2" 2>/dev/null; then echo made; elif [ -e "$2" ]; then echo there; else mv "new.$$" "$2" && echo made; fi
rm -f "new.$$"
