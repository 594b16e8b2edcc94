package dev.cove.bench;

import dev.cove.core.port.GuestShell;
import dev.cove.platform.Closer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// The other side of `cold`: somebody starts QEMU by hand and waits until a command has run over
/// SSH. Same machine type, kernel, initramfs, disk and memory; no monitor, sandbox or unprivileged
/// user; disk and tap are there before the clock starts.
final class PlainQemu implements Side {
    private final Template template;
    private final GuestShell shell;
    private final Path folder;

    PlainQemu(Template template, GuestShell shell, Path folder) {
        this.template = template;
        this.shell = shell;
        this.folder = folder;
    }

    @Override
    public String name() {
        return "plain QEMU";
    }

    @Override
    public Duration once() throws Exception {
        try (var after = new Closer()) {
            var berth = after.own(Berth.make(template, shell, folder));
            var begun = System.nanoTime();
            var qemu = start(berth.disk());
            after.onClose(() -> kill(qemu));
            berth.awaitCommand();
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    private Process start(Path disk) throws IOException {
        return new ProcessBuilder(line(disk))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("qemu.log").toFile())
                .start();
    }

    private List<String> line(Path disk) {
        var line = new ArrayList<>(List.of("qemu-system-x86_64"));
        line.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none"));
        line.addAll(
                List.of(
                        "-machine",
                        "microvm,acpi=on,pcie=off,usb=off,rtc=on,auto-kernel-cmdline=off"));
        line.addAll(List.of("-accel", "tcg,thread=multi", "-cpu", "max,la57=off"));
        line.addAll(List.of("-smp", "1", "-m", template.mebibytes() + "M"));
        line.addAll(List.of("-kernel", template.kernel().toString()));
        line.addAll(List.of("-initrd", template.initramfs().toString()));
        line.addAll(List.of("-append", template.append()));
        line.addAll(List.of("-serial", "file:" + folder.resolve("console.log")));
        line.addAll(List.of("-drive", "if=none,id=disk,format=raw,file=" + disk));
        line.addAll(List.of("-device", "virtio-blk-device,drive=disk"));
        line.addAll(
                List.of("-netdev", "tap,id=net,ifname=" + Berth.TAP + ",script=no,downscript=no"));
        line.addAll(List.of("-device", "virtio-net-device,netdev=net,mac=" + template.mac()));
        return line;
    }

    private static void kill(Process qemu) throws InterruptedException {
        if (!qemu.destroyForcibly().waitFor(20, TimeUnit.SECONDS)) {
            throw new IllegalStateException("QEMU " + qemu.pid() + " does not die");
        }
    }
}
