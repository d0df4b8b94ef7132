# Puts files aside under their digests: by a second name where the disk can. Files are replaced and never written over.
cd -- "$1" || exit 1
mkdir -p .newsprint-deploy/objects || exit 1
while IFS=' ' read -r digest name; do
  kept=".newsprint-deploy/objects/$digest"
  if [ ! -e "$kept" ] && [ -f "./$name" ]; then
    ln "./$name" "$kept" 2>/dev/null || { cp -p "./$name" "$kept.new" && mv "$kept.new" "$kept"; } || exit 1
  fi
done
