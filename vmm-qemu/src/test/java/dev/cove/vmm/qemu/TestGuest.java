package dev.cove.vmm.qemu;

import dev.cove.guest.BootKit;
import dev.cove.testkit.DebianPackages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;

/// A guest of Debian's kernel and BusyBox that needs no disk and obeys single words on its channel.
record TestGuest(Path kernel, Path initramfs) {
    private static final String INIT =
            """
            #!/bin/sh
            /bin/busybox mount -a -T /etc/fstab
            while read -r module; do insmod "/lib/modules/$module"; done </lib/modules/order
            until grep -q dev.cove.guest /sys/class/virtio-ports/*/name; do usleep 20000; done
            for port in /dev/vport*p1; do :; done
            echo "test guest is up"
            exec 3<>"$port"
            while echo up >&3; do
                while read -r word rest <&3; do
                    case $word in
                    poweroff) poweroff -f ;;
                    reboot) reboot -f ;;
                    disk) cat /sys/block/vda/size >&3 ;;
                    mac) cat /sys/class/net/eth0/address >&3 ;;
                    clock) cat /sys/devices/system/clocksource/clocksource0/current_clocksource >&3 ;;
                    cpus) grep -c ^processor /proc/cpuinfo >&3 ;;
                    now) cut -d' ' -f1 /proc/uptime >&3 ;;
                    up) echo up >&3 ;;
                    say) echo "$rest" >&3 ;;
                    count) count=$((count + 1)); echo $count >&3 ;;
                    keep) head -c "${rest}m" /dev/urandom >/kept; md5sum /kept >&3 ;;
                    kept) md5sum /kept >&3 ;;
                    fill)
                        head -c 4m /dev/urandom >/four
                        for _ in $rest; do cat /four; done >/filled
                        echo filled >&3 ;;
                    spin)
                        /busy &
                        echo spinning >&3 ;;
                    spinner) cut -d' ' -f3 /proc/$!/stat >&3 ;;
                    spare) cp /kept /spare; md5sum </spare >&3 ;;
                    spared) md5sum </spare >&3 ;;
                    blank) dd if=/dev/zero of=/kept bs=1M count=8 conv=notrunc; md5sum /kept >&3 ;;
                    back) dd if=/spare of=/kept bs=1M conv=notrunc; md5sum /kept >&3 ;;
                    flap)
                        while :; do
                            dd if=/dev/zero of=/kept bs=1M count=8 conv=notrunc
                            dd if=/spare of=/kept bs=1M conv=notrunc
                        done 2>/dev/null &
                        echo flapping >&3 ;;
                    rewrite)
                        while :; do head -c "${rest}m" /dev/zero >/rewritten; done &
                        echo rewriting >&3 ;;
                    flood) yes "a guest that writes without end" & ;;
                    esac
                done
            done
            """;

    /// Assembles it.
    static TestGuest in(Path folder) throws IOException, InterruptedException {
        var unpacked = Files.createDirectories(folder.resolve("unpacked"));
        DebianPackages.unpack(unpacked);
        new BootKit().assemble(unpacked, "/none", folder);
        var initramfs = folder.resolve("initramfs");
        var program = INIT.getBytes(StandardCharsets.UTF_8);
        Files.write(initramfs, archive("init", program), StandardOpenOption.APPEND);
        Files.write(initramfs, archive("busy", BusyProgram.bytes()), StandardOpenOption.APPEND);
        // As Cove's own (see Initramfs): QEMU 10.0 has its ACPI tables where one may end.
        var rest = new byte[(int) (-Files.size(initramfs) & 4095)];
        Files.write(initramfs, rest, StandardOpenOption.APPEND);
        return new TestGuest(folder.resolve("vmlinux"), initramfs);
    }

    /// One file in an archive of its own: what comes later in an initramfs wins.
    private static byte[] archive(String path, byte[] content) {
        var out = new ByteArrayOutputStream();
        entry(out, path, content, 0100755);
        entry(out, "TRAILER!!!", new byte[0], 0);
        return out.toByteArray();
    }

    private static void entry(ByteArrayOutputStream out, String path, byte[] content, int mode) {
        out.writeBytes("070701".getBytes(StandardCharsets.US_ASCII));
        int[] fields = {1, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, path.length() + 1, 0};
        for (var field : fields) {
            out.writeBytes(HexFormat.of().toHexDigits(field).getBytes(StandardCharsets.US_ASCII));
        }
        out.writeBytes((path + "\0").getBytes(StandardCharsets.US_ASCII));
        pad(out);
        out.writeBytes(content);
        pad(out);
    }

    private static void pad(ByteArrayOutputStream out) {
        while (out.size() % 4 != 0) {
            out.write(0);
        }
    }
}
