package dev.cove.vmm.qemu;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/// One journey of a machine's state out of QEMU or into it, as its monitor tells of it (QEMU's
/// docs/devel/migration and qapi/migration.json; checked with 7.2 and 10.0).
///
/// | on the way out | the guest |
/// |---|---|
/// | `setup`, `active` | goes on, its memory is sent, and again what it has changed meanwhile |
/// | `pre-switchover` | stands still until we say `proceed` |
/// | `device`, `completed` | stands still |
/// | `failed`, `cancelled` | goes on if it ran before |
final class Migration implements Qmp.Listener, AutoCloseable {
    static final String ACTIVE = "active";
    static final String PRE_SWITCHOVER = "pre-switchover";
    static final String COMPLETED = "completed";

    private static final Set<String> VAIN = Set.of("failed", "cancelled");
    private static final Set<String> UNDER_WAY =
            Set.of("setup", ACTIVE, PRE_SWITCHOVER, "device", "wait-unplug", "cancelling");
    private static final String LOST = "lost";

    /// As good as none, and not 0, which would leave QEMU without a guess at when to switch over.
    private static final long BYTES_IN_A_SECOND = 1L << 40;

    private static final Duration CANCELLED_WITHIN = Duration.ofSeconds(10);

    private final Monitor monitor;
    private final BlockingQueue<String> statuses = new LinkedBlockingQueue<>();
    private volatile long stopped;
    private volatile Duration stood = Duration.ZERO;
    private volatile int passes;

    Migration(Monitor monitor) {
        this.monitor = monitor;
        monitor.listen(this);
    }

    /// @param sharedMemory whether memory that others share is left out: they have it already
    void prepare(boolean sharedMemory) throws InterruptedException {
        var capabilities =
                List.of(
                        capability("events", true),
                        capability("pause-before-switchover", true),
                        capability("x-ignore-shared", sharedMemory));
        monitor.execute("migrate-set-capabilities", Map.of("capabilities", capabilities));
    }

    private static Map<String, ?> capability(String name, boolean state) {
        return Map.of("capability", name, "state", state);
    }

    /// @param standstill for as long as this the guest may stand still for its last memory to be
    ///   sent; what QEMU expects, not what it promises
    void allow(Duration standstill) throws InterruptedException {
        monitor.execute(
                "migrate-set-parameters",
                Map.of(
                        "downtime-limit",
                        standstill.toMillis(),
                        "max-bandwidth",
                        BYTES_IN_A_SECOND));
    }

    /// Has QEMU connect to a socket and send all there is.
    void out(Path socket) throws InterruptedException {
        monitor.execute("migrate", Map.of("uri", "unix:" + socket));
    }

    /// Has QEMU listen on a socket, for all to be sent to it.
    void in(Path socket) throws InterruptedException {
        // Else QEMU tells the network where the guest is. The guest's card has to be made so that
        // it
        // does not do the same: both 7.2 and 10.0 crash when it is reset after it announced
        // nothing.
        monitor.execute("migrate-set-parameters", Map.of("announce-rounds", 0));
        monitor.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
    }

    /// Lets it go beyond `pre-switchover`.
    void proceed() throws InterruptedException {
        monitor.execute("migrate-continue", Map.of("state", PRE_SWITCHOVER));
    }

    /// Waits until it has got that far.
    ///
    /// @return whether it has within the limit
    /// @throws CoveException UNAVAILABLE when it failed, or the monitor was lost
    boolean await(String status, Duration limit) throws InterruptedException {
        var deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            var left = deadline - System.nanoTime();
            var next = statuses.poll(Math.max(left, 0), TimeUnit.NANOSECONDS);
            if (next == null) {
                return false;
            }
            if (next.equals(LOST)) {
                throw CoveException.unavailable("QEMU has gone, or its monitor");
            }
            if (VAIN.contains(next)) {
                throw CoveException.unavailable("QEMU says: " + why(next));
            }
            if (next.equals(status)) {
                return true;
            }
        }
    }

    private String why(String status) throws InterruptedException {
        var said = monitor.execute("query-migrate").path("error-desc").asString("");
        return Printable.of(said.isEmpty() ? "migration " + status : said, 300);
    }

    /// For how long the guest stood still, all together; not if it has not gone on yet.
    Duration stood() {
        return stood;
    }

    /// How often memory has been sent, or what of it had changed.
    int passes() {
        return passes;
    }

    /// What of the memory has not been sent.
    static long remaining(Monitor monitor) throws InterruptedException {
        return monitor.execute("query-migrate").path("ram").path("remaining").asLong(0);
    }

    /// Ends what is on its way out, if anything is. The guest goes on by itself if it ran before.
    ///
    /// @param status of the guest, as the monitor has just said it
    /// @return whether anything was
    static boolean cancel(Monitor monitor, String status) throws InterruptedException {
        if (!isUnderWay(monitor, status)) {
            return false;
        }
        var deadline = System.nanoTime() + CANCELLED_WITHIN.toNanos();
        monitor.execute("migrate_cancel");
        while (isUnderWay(monitor, monitor.status())) {
            if (System.nanoTime() - deadline > 0) {
                throw CoveException.unavailable("QEMU does not cancel its migration");
            }
            Thread.sleep(1);
        }
        return true;
    }

    /// Also when it has ended, and QEMU has not yet decided whether the guest goes on.
    private static boolean isUnderWay(Monitor monitor, String status) throws InterruptedException {
        return status.equals("finish-migrate") || UNDER_WAY.contains(status(monitor));
    }

    private static String status(Monitor monitor) throws InterruptedException {
        return monitor.execute("query-migrate").path("status").asString("");
    }

    @Override
    public void event(String name, JsonNode data) {
        switch (name) {
            case "STOP" -> stopped = System.nanoTime();
            case "RESUME" -> resumed(System.nanoTime());
            case "MIGRATION_PASS" -> passes = data.path("pass").asInt(0);
            case "MIGRATION" -> statuses.add(data.path("status").asString(""));
            default -> {
                return; // not about this
            }
        }
    }

    private void resumed(long now) {
        if (stopped != 0) {
            stood = stood.plusNanos(now - stopped);
            stopped = 0;
        }
    }

    @Override
    public void ended() {
        statuses.add(LOST);
    }

    @Override
    public void close() {
        monitor.leave(this);
    }
}
