# Archives and compression, there and back.
mkdir d; cp text noise d; ln -s text d/link; chmod 600 d/noise
for c in z j ''; do
  program tar c${c}f a.tar d && program tar t${c}f a.tar && mkdir out && program tar x${c}f a.tar -C out
  program diff -r d out/d && echo "same $c"; rm -r out a.tar
done
for c in gzip bzip2; do program $c -k text; done
gzip -dc text.gz | cmp - text && bzip2 -dc text.bz2 | cmp - text && echo "others read it"
for c in gunzip bunzip2; do rm text; program $c text.[gb]z*; program cksum text; program gzip -k text; program bzip2 -k text; rm -f text.gz; done
rm -f text.*
xz -k text; program xzcat text.xz | program cmp - text && echo xz; program unxz -c text.xz | program wc -c; rm text.xz
(cd d; program find . | program sort | program cpio -o -H newc 2> /dev/null) > a.cpio
mkdir out; (cd out; program cpio -i -d < ../a.cpio); program diff -r d out && echo cpio; rm -r out a.cpio
head -c 1000 noise > not.gz; program gunzip -c not.gz > /dev/null; echo $?
rm -r d not.gz
