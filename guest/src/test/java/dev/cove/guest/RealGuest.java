package dev.cove.guest;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.cove.core.Ipv4;
import dev.cove.core.port.BootFiles;
import dev.cove.platform.Command;
import dev.cove.platform.Detached;
import dev.cove.platform.LinuxProcess;
import dev.cove.platform.Tsc;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// A guest that QEMU runs here, on a network of its own; ports of this host's loopback lead to its
/// SSH servers.
final class RealGuest extends ChannelMachine {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String QEMU = "/usr/bin/qemu-system-x86_64";

    private final Path folder;
    private final LinuxProcess process;
    private final Map<Server, Integer> ports;

    private RealGuest(Path folder, LinuxProcess process, Map<Server, Integer> ports) {
        super(folder.resolve("guest.sock"));
        this.folder = folder;
        this.process = process;
        this.ports = ports;
    }

    /// Where an SSH server listens.
    record Server(Ipv4 address, int port) {
        /// OpenSSH's.
        static Server openSsh(Ipv4 address) {
            return new Server(address, 22);
        }

        static Server dropbear(Ipv4 address) {
            return new Server(address, 2222);
        }
    }

    /// Starts it, with ways to SSH servers at any of these addresses.
    static RealGuest start(Path folder, BootFiles files, Path disk, List<Ipv4> addresses)
            throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of(QEMU)), "needs " + QEMU);
        var ports = new HashMap<Server, Integer>();
        var network = new StringBuilder("user,id=net,net=10.100.0.0/16,host=10.100.0.1");
        for (var address : addresses) {
            for (var server : List.of(Server.openSsh(address), Server.dropbear(address))) {
                ports.put(server, freePort());
                network.append(
                        ",hostfwd=tcp:127.0.0.1:%d-%s:%d"
                                .formatted(ports.get(server), server.address, server.port));
            }
        }
        var line = new ArrayList<>(List.of(QEMU, "-nodefaults", "-no-user-config"));
        line.addAll(List.of("-display", "none", "-no-reboot", "-m", "192M"));
        line.addAll(List.of("-machine", "microvm,acpi=on,rtc=on,auto-kernel-cmdline=off"));
        line.addAll(List.of("-accel", "tcg,thread=multi", "-cpu", "max"));
        line.addAll(List.of("-kernel", files.kernel().toString()));
        line.addAll(List.of("-initrd", files.initramfs().toString()));
        var tsc = Tsc.measure().orElseThrow().kilohertz();
        line.addAll(List.of("-append", arguments(tsc)));
        line.addAll(List.of("-serial", "file:" + folder.resolve("console.log")));
        line.addAll(List.of("-qmp", "unix:" + folder.resolve("qmp.sock") + ",server=on,wait=off"));
        var channel = folder.resolve("guest.sock") + ",server=on,wait=off";
        line.addAll(List.of("-chardev", "socket,id=guest,path=" + channel));
        line.addAll(List.of("-device", "virtio-serial-device"));
        line.addAll(List.of("-device", "virtserialport,chardev=guest,name=dev.cove.guest"));
        line.addAll(List.of("-drive", "id=disk,if=none,format=raw,file=" + disk));
        line.addAll(List.of("-device", "virtio-blk-device,drive=disk"));
        line.addAll(List.of("-netdev", network.toString()));
        line.addAll(List.of("-device", "virtio-net-device,netdev=net"));
        var output = Files.createFile(folder.resolve("qemu.log"));
        var process =
                new Detached(List.of(), line, output, Optional.empty(), OptionalLong.empty())
                        .start();
        var guest = new RealGuest(folder, process, ports);
        guest.awaitSocket();
        return guest;
    }

    private static String arguments(long kilohertz) {
        return "console=ttyS0 reboot=t panic=10 tsc=reliable no_timer_check quiet net.ifnames=0"
                + (" tsc_early_khz=" + kilohertz);
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitSocket() throws InterruptedException {
        var deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(folder.resolve("qmp.sock"))
                || !Files.exists(folder.resolve("guest.sock"))) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException(words());
            }
            process.awaitExit(Duration.ofMillis(20));
        }
    }

    /// What QEMU and the guest's console have printed.
    String words() {
        try {
            var console = folder.resolve("console.log");
            return Files.readString(folder.resolve("qemu.log"))
                    + (Files.exists(console) ? Files.readString(console) : "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port(Server server) {
        return ports.getOrDefault(server, 0);
    }

    /// The words of a client that runs a command there; any host key is welcome.
    List<String> ssh(Server server, Path key, String command) {
        var line = new ArrayList<>(List.of("ssh", "-F", "none", "-i", key.toString()));
        line.addAll(List.of("-o", "StrictHostKeyChecking=no", "-o", "IdentitiesOnly=yes"));
        line.addAll(List.of("-o", "UserKnownHostsFile=/dev/null", "-o", "ConnectTimeout=20"));
        line.addAll(List.of("-o", "LogLevel=ERROR"));
        line.addAll(List.of("-p", String.valueOf(port(server)), "root@127.0.0.1", command));
        return line;
    }

    /// The base64 of the host key that a server shows.
    String hostKey(Server server) throws InterruptedException {
        var port = String.valueOf(port(server));
        var line = List.of("ssh-keyscan", "-T", "20", "-t", "ed25519", "-p", port, "127.0.0.1");
        var shown = Command.of(line).within(PATIENCE).run().orThrow().strip();
        return shown.substring(shown.lastIndexOf(' ') + 1);
    }

    /// Makes the disk larger, as QEMU and the guest see it.
    void growDisk(long size) throws IOException {
        var address = UnixDomainSocketAddress.of(folder.resolve("qmp.sock"));
        try (var monitor = SocketChannel.open(address)) {
            var lines = new GuestLines(monitor);
            lines.next();
            for (var word :
                    List.of(
                            "{'execute': 'qmp_capabilities'}",
                            "{'execute': 'block_resize', 'arguments': {'device': 'disk', 'size': "
                                    + (size + "}}"))) {
                monitor.write(ByteBuffer.wrap(word.getBytes(StandardCharsets.US_ASCII)));
                var answer = String.valueOf(lines.next());
                if (!answer.contains("return")) {
                    throw new IOException(answer);
                }
            }
        }
    }

    @Override
    public void close() {
        try {
            process.kill(Duration.ofSeconds(10));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
