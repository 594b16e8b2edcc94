package dev.cove.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A QEMU that somebody starts by hand. Same machine type, disk, memory and processor as Cove's; no
/// channel to the guest, sandbox or unprivileged user. Checked with QEMU 7.2.
final class PlainQemu implements AutoCloseable {
    private static final Duration SAVED_WITHIN = Duration.ofMinutes(2);

    private final Process process;

    private PlainQemu(Process process) {
        this.process = process;
    }

    /// Where the guest's memory is.
    sealed interface Memory {
        /// In QEMU's own.
        record Own() implements Memory {}

        /// In a file, for forks.
        record Template(Path file) implements Memory {}

        /// In a template's file, until the guest writes.
        record Fork(Path file) implements Memory {}

        default boolean isShared() {
            return switch (this) {
                case Own() -> false;
                case Template(_), Fork(_) -> true;
            };
        }
    }

    /// Boots the guest.
    static PlainQemu boot(Berth berth, Memory memory) throws IOException {
        var guest = berth.workshop().guest();
        var line = machine(berth, memory);
        line.addAll(List.of("-kernel", guest.kernel().toString()));
        line.addAll(List.of("-initrd", guest.initramfs().toString()));
        line.addAll(List.of("-append", guest.append()));
        return start(berth, line);
    }

    /// Has the guest go on where it was saved. No kernel: it is in the memory.
    ///
    /// @param state what `save` wrote
    static PlainQemu resume(Berth berth, Memory memory, Path state) throws IOException {
        // The state is file 3, since the monitor is 0 and 1: quicker than a `cat` in between.
        var line = new ArrayList<>(List.of("sh", "-c", "exec 3<\"$0\"; exec \"$@\""));
        line.add(state.toString());
        line.addAll(machine(berth, memory));
        line.addAll(List.of("-incoming", "defer"));
        var qemu = start(berth, line);
        qemu.tell(ignoreShared(memory) + "migrate_incoming fd:3\n");
        return qemu;
    }

    private static List<String> machine(Berth berth, Memory memory) {
        var guest = berth.workshop().guest();
        var line = new ArrayList<>(List.of("qemu-system-x86_64"));
        line.addAll(List.of("-nodefaults", "-no-user-config", "-display", "none"));
        line.add("-machine");
        line.add(
                "microvm,acpi=on,pcie=off,usb=off,rtc=on,pic=off,auto-kernel-cmdline=off,pit=off"
                        + (memory.isShared() ? ",memory-backend=ram" : ""));
        line.addAll(
                List.of("-accel", "tcg,thread=multi", "-cpu", "max,la57=off,erms=off,fsrm=off"));
        line.addAll(List.of("-smp", "1", "-m", guest.mebibytes() + "M"));
        line.addAll(object(memory, guest.mebibytes()));
        line.addAll(List.of("-monitor", "stdio"));
        var console = berth.workshop().folder().resolve("console.log");
        line.addAll(List.of("-serial", "file:" + console));
        line.addAll(List.of("-drive", "if=none,id=disk,format=raw,file=" + berth.disk()));
        line.addAll(List.of("-device", "virtio-blk-device,drive=disk"));
        line.addAll(
                List.of("-netdev", "tap,id=net,ifname=" + Berth.TAP + ",script=no,downscript=no"));
        line.addAll(List.of("-device", "virtio-net-device,netdev=net,mac=" + guest.mac()));
        return line;
    }

    private static List<String> object(Memory memory, int mebibytes) {
        return switch (memory) {
            case Memory.Own() -> List.of();
            case Memory.Template(var file) -> object(file, "on", mebibytes);
            case Memory.Fork(var file) -> object(file, "off", mebibytes);
        };
    }

    private static List<String> object(Path file, String share, int mebibytes) {
        return List.of(
                "-object",
                "memory-backend-file,id=ram,size=%dM,share=%s,mem-path=%s"
                        .formatted(mebibytes, share, file));
    }

    private static PlainQemu start(Berth berth, List<String> line) throws IOException {
        return new PlainQemu(
                new ProcessBuilder(line)
                        .redirectErrorStream(true)
                        .redirectOutput(berth.workshop().folder().resolve("qemu.log").toFile())
                        .start());
    }

    /// Writes down what the guest is doing, and ends QEMU. Memory that is in a file stays there.
    void save(Path state, Memory memory) throws IOException, InterruptedException {
        tell(ignoreShared(memory) + "migrate \"exec:cat >" + state + "\"\nquit\n");
        if (!process.waitFor(SAVED_WITHIN.toSeconds(), TimeUnit.SECONDS)
                || Files.size(state) == 0) {
            throw new IllegalStateException("QEMU has not saved its guest to " + state);
        }
    }

    private static String ignoreShared(Memory memory) {
        return memory.isShared() ? "migrate_set_capability x-ignore-shared on\n" : "";
    }

    private void tell(String lines) throws IOException {
        var monitor = process.getOutputStream();
        monitor.write(lines.getBytes(StandardCharsets.UTF_8));
        monitor.flush();
    }

    @Override
    public void close() {
        try {
            if (!process.destroyForcibly().waitFor(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("QEMU " + process.pid() + " does not die");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while QEMU ended", e);
        }
    }
}
