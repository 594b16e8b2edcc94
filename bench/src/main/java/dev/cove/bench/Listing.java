package dev.cove.bench;

import dev.cove.client.CoveClient;
import dev.cove.platform.Closer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// `GET /v1/vms` with a thousand VMs, over the unix socket, a connection for each: from connecting
/// to the last byte of the answer.
final class Listing implements Section {
    private static final int VMS = 1000;
    private static final int RUNS_PER_TURN = 100;
    private static final int WARM_UP = 500;
    private static final Duration GOAL = Duration.ofMillis(10);
    private static final byte[] REQUEST =
            "GET /v1/vms HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII);

    private final Grounds grounds;

    Listing(Grounds grounds) {
        this.grounds = grounds;
    }

    @Override
    public String name() {
        return "api";
    }

    @Override
    public String about() {
        return "GET /v1/vms with 1,000 VMs over the unix socket";
    }

    @Override
    public List<Figure> measure(Turns turns, Consumer<String> progress) throws Exception {
        try (var after = new Closer()) {
            var daemon = after.own(DaemonProcess.machineless(grounds));
            new ImageCache(grounds.images()).give(Kind.SLIM.image(), daemon, progress);
            progress.accept("writing down " + VMS + " VMs");
            fill(daemon.client());
            var runs = new ArrayList<Duration>();
            for (var run = -WARM_UP; run < turns.rounds() * RUNS_PER_TURN; run++) {
                var took = get(daemon.socket());
                if (run >= 0) {
                    runs.add(took);
                }
            }
            return List.of(
                    new Figure.Limit(
                            "GET /v1/vms with 1,000 VMs",
                            new Samples("GET /v1/vms", runs),
                            0.99,
                            GOAL));
        }
    }

    private static void fill(CoveClient cove) {
        for (var i = 0; i < VMS; i++) {
            cove.create(Kind.SLIM.stopped("bench-" + i), Duration.ZERO);
        }
        var there = cove.vms(Map.of()).size();
        if (there != VMS) {
            throw new IllegalStateException("there are " + there + " VMs instead of " + VMS);
        }
    }

    private static Duration get(Path socket) throws IOException {
        var begun = System.nanoTime();
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.write(ByteBuffer.wrap(REQUEST));
            var answer = Channels.newInputStream(channel);
            var first = new String(answer.readNBytes(15), StandardCharsets.US_ASCII);
            answer.transferTo(OutputStream.nullOutputStream());
            if (!first.startsWith("HTTP/1.1 200")) {
                throw new IllegalStateException("GET /v1/vms was answered with " + first);
            }
            return Duration.ofNanos(System.nanoTime() - begun);
        }
    }
}
