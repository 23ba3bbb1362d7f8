#!/bin/sh
# Runs the AMX loops of native/ with the real instructions on a machine that has none: in Bochs, which emulates a
# Sapphire Rapids CPU, without an operating system: Bochs 3 lacks what Linux asks of AMX (XFD, extended feature disable).
#
#   scripts/emulate/amx.sh [folder]      default: build/emulate; on Debian; nobody need be root; 350 MB, a minute
#
# Bochs comes from Debian trixie, by the mirror in this system's own apt configuration; it is unpacked into the folder
# with its libraries and runs from there: nothing is installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "${1:-$here/../../build/emulate}"
cd "${1:-$here/../../build/emulate}"
folder=$PWD

if [ ! -x root/usr/bin/bochs-bin ]; then
  mkdir -p apt/lists/partial apt/archives/partial root
  : > apt/status
  site=$(apt-get indextargets --format '$(SITE) $(ORIGIN)' | sed -n 's/ Debian$//p' | grep -v security | head -n 1)
  echo "deb $site trixie main" > apt/sources.list
  cat > apt/apt.conf <<END
Dir::Etc::SourceList "$folder/apt/sources.list"; Dir::Etc::SourceParts "-";
Dir::State::Lists "$folder/apt/lists"; Dir::State::Status "$folder/apt/status"; Dir::Cache "$folder/apt";
APT::Install-Recommends "false"; APT::Sandbox::User ""; APT::Architecture "amd64";
END
  export APT_CONFIG="$folder/apt/apt.conf"
  apt-get -qq update
  apt-get -qq --yes --download-only install bochs bochs-term vgabios
  for package in apt/archives/*.deb; do dpkg -x "$package" root; done
fi

options='-std=c++17 -O2 -Wall -Wextra -Wno-uninitialized -Wno-maybe-uninitialized -ffreestanding -fno-exceptions -fno-rtti
  -fno-pie -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables -mno-red-zone'
${CXX:-g++} $options -c "$here/amx.cc" -o amx.o
${CXX:-g++} $options -c "$here/../../native/matmul_tiles.cc" -o matmul_tiles.o
${CXX:-g++} -c "$here/machine.S" -o machine.o
ld -T "$here/machine.ld" --no-warn-rwx-segments -o rom.elf machine.o amx.o matmul_tiles.o
objcopy -O binary rom.elf rom.bin
# Bochs 3 takes bytes of signed products as unsigned too, so that it would not tell.
if objdump -d rom.elf | grep -E 'tdpb(ss|su|us)d'; then
  echo 'a signed product where an unsigned one belongs' >&2
  exit 1
fi

cat > bochsrc <<END
plugin_ctrl: serial=1, sb16=0, es1370=0, speaker=0, ne2k=0, e1000=0, usb_uhci=0
display_library: term
cpu: model=sapphire_rapids, ips=100000000, reset_on_triple_fault=0
memory: guest=64, host=64
romimage: file=rom.bin
vgaromimage: file=root/usr/share/vgabios/vgabios-stdvga.bin
com1: enabled=1, mode=file, dev=serial.txt
log: bochs.log
panic: action=fatal
END
libraries=$folder/root/usr/lib/x86_64-linux-gnu
rm -f serial.txt
export LTDL_LIBRARY_PATH="$libraries/bochs/plugins" BXSHARE="$folder/root/usr/share/bochs" TERM=linux
run="'$libraries/ld-linux-x86-64.so.2' --library-path '$libraries' root/usr/bin/bochs-bin -q -f bochsrc"
timeout 600 script -qec "$run" /dev/null < /dev/null > bochs.out 2>&1 || true # it ends by a panic, "shutdown requested"
cat serial.txt
grep -q '^PASS' serial.txt
