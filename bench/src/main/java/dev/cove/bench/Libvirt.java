package dev.cove.bench;

import dev.cove.platform.Closer;
import dev.cove.platform.Command;
import dev.cove.platform.CommandException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The other side of `virsh` and `virsh-restore`: the same guest (kernel, initramfs, disk, memory,
/// processor) on libvirt's usual machine. Its daemon is a child of ours, whose state lies in file
/// systems of this mount namespace that hide the machine's own. Checked with libvirt 9.0 and the
/// packages libvirt-daemon, libvirt-daemon-driver-qemu and libvirt-clients of Debian 12.
final class Libvirt implements AutoCloseable {
    private static final String NAME = "bench-virsh";
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final List<String> STATE =
            List.of("/etc/libvirt", "/run/libvirt", "/var/lib/libvirt", "/var/cache/libvirt");

    /// The user and group that Debian's libvirt is built to start QEMU as, where it is not told
    /// otherwise. It looks for them before it reads what it is told, and does not start without;
    /// the package that makes them would start a libvirtd on the machine itself.
    private static final Map<String, String> USUAL_USER =
            Map.of(
                    "/etc/passwd", "libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin",
                    "/etc/group", "libvirt-qemu:x:64055:");

    private final Workshop workshop;
    private final Closer parts;

    private Libvirt(Workshop workshop, Closer parts) {
        this.workshop = workshop;
        this.parts = parts;
    }

    static Libvirt start(Workshop workshop) throws IOException, InterruptedException {
        var folder = workshop.folder();
        try (var parts = new Closer()) {
            for (var path : STATE) {
                Files.createDirectories(Path.of(path));
                run("mount", "-t", "tmpfs", "none", path);
                parts.onClose(() -> run("umount", "--lazy", path));
            }
            for (var line : USUAL_USER.entrySet()) {
                showWith(line.getValue(), Path.of(line.getKey()), folder, parts);
            }
            // As little as libvirt can do: neither users, labels, cgroups nor a log daemon.
            Files.writeString(
                    Path.of("/etc/libvirt/qemu.conf"),
                    """
                    user = "root"
                    group = "root"
                    dynamic_ownership = 0
                    remember_owner = 0
                    security_driver = "none"
                    namespaces = []
                    cgroup_controllers = []
                    stdio_handler = "file"
                    """);
            var log = folder.resolve("libvirtd.log").toFile();
            var libvirtd =
                    new ProcessBuilder("/usr/sbin/libvirtd")
                            .redirectErrorStream(true)
                            .redirectOutput(log)
                            .start();
            parts.onClose(() -> end(libvirtd));
            awaitAnswer(libvirtd, log.toPath());
            return new Libvirt(workshop, parts.handOver());
        }
    }

    /// Lets this mount namespace see a file with one line more, unless it has such a line.
    private static void showWith(String line, Path file, Path folder, Closer parts)
            throws IOException, InterruptedException {
        var known = line.substring(0, line.indexOf(':') + 1);
        var lines = Files.readAllLines(file);
        if (lines.stream().anyMatch(l -> l.startsWith(known))) {
            return;
        }
        var longer = folder.resolve(file.getFileName());
        Files.write(longer, Stream.concat(lines.stream(), Stream.of(line)).toList());
        run("mount", "--bind", longer.toString(), file.toString());
        parts.onClose(() -> run("umount", "--lazy", file.toString()));
    }

    private static void awaitAnswer(Process libvirtd, Path log)
            throws IOException, InterruptedException {
        var deadline = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            try {
                virsh("list");
                return;
            } catch (CommandException e) {
                if (!libvirtd.isAlive() || System.nanoTime() > deadline) {
                    throw new IllegalStateException(
                            "libvirtd did not come up: " + Files.readString(log), e);
                }
                Thread.sleep(100);
            }
        }
    }

    /// From `virsh create` to a command over SSH.
    Side creating() {
        return Side.of(
                "virsh create",
                () -> {
                    try (var after = new Closer()) {
                        var berth = after.own(Berth.make(workshop));
                        var xml = describe(berth);
                        var begun = System.nanoTime();
                        after.onClose(() -> virsh("destroy", NAME));
                        virsh("create", xml.toString());
                        berth.awaitCommand();
                        return Duration.ofNanos(System.nanoTime() - begun);
                    }
                });
    }

    /// From `virsh restore` to a command over SSH, of a guest that was saved by `virsh save`.
    Side restoring() throws IOException, InterruptedException {
        var saved = workshop.folder().resolve("virsh-saved");
        var disk = workshop.folder().resolve("virsh-saved-disk");
        try (var after = new Closer()) {
            var berth = after.own(Berth.make(workshop));
            virsh("create", describe(berth).toString());
            try {
                berth.awaitCommand();
                berth.hangUp();
                virsh("save", NAME, saved.toString());
            } catch (RuntimeException | InterruptedException e) {
                virsh("destroy", NAME);
                throw e;
            }
            Handmade.copy(berth.disk(), disk);
        }
        return Side.of("virsh restore", () -> restore(saved, disk));
    }

    private Duration restore(Path saved, Path disk) throws InterruptedException {
        try (var after = new Closer()) {
            var berth = after.own(Berth.make(workshop, disk));
            berth.introduce();
            var begun = System.nanoTime();
            after.onClose(() -> virsh("destroy", NAME));
            virsh("restore", saved.toString());
            berth.awaitCommand();
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }

    private static void virsh(String... words) throws InterruptedException {
        var line = new ArrayList<>(List.of("virsh", "-c", "qemu:///system"));
        line.addAll(List.of(words));
        Command.of(line).within(LIMIT).run().orThrow();
    }

    private Path describe(Berth berth) throws IOException {
        return Files.writeString(workshop.folder().resolve("domain.xml"), domain(berth.disk()));
    }

    private String domain(Path disk) {
        var guest = workshop.guest();
        return """
        <domain type='qemu'>
          <name>%s</name>
          <memory unit='MiB'>%d</memory>
          <vcpu>1</vcpu>
          <os>
            <type arch='x86_64'>hvm</type>
            <kernel>%s</kernel>
            <initrd>%s</initrd>
            <cmdline>%s</cmdline>
          </os>
          <features><acpi/></features>
          <cpu mode='maximum'>
            <feature policy='disable' name='la57'/>
            <feature policy='disable' name='erms'/>
            <feature policy='disable' name='fsrm'/>
          </cpu>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <controller type='usb' model='none'/>
            <memballoon model='none'/>
            <disk type='file' device='disk'>
              <driver name='qemu' type='raw'/>
              <source file='%s'/>
              <target dev='vda' bus='virtio'/>
            </disk>
            <interface type='ethernet'>
              <mac address='%s'/>
              <target dev='%s' managed='no'/>
              <model type='virtio'/>
            </interface>
            <serial type='file'><source path='%s'/><target port='0'/></serial>
          </devices>
        </domain>
        """
                .formatted(
                        NAME,
                        guest.mebibytes(),
                        guest.kernel(),
                        guest.initramfs(),
                        guest.append(),
                        disk,
                        guest.mac(),
                        Berth.TAP,
                        workshop.folder().resolve("virsh-console.log"));
    }

    @Override
    public void close() {
        parts.close();
    }

    private static void run(String... line) throws InterruptedException {
        Command.of(line).within(LIMIT).run().orThrow();
    }

    private static void end(Process libvirtd) throws InterruptedException {
        libvirtd.destroy();
        if (!libvirtd.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            libvirtd.destroyForcibly().waitFor();
        }
    }
}
