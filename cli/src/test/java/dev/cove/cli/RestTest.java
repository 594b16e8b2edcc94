package dev.cove.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.client.EventStream.Happening;
import dev.cove.client.Json;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The verbs of VMs at rest: sleep, forks, snapshots, templates.
@Timeout(60)
class RestTest {
    private static final String ASLEEP =
            "{\"id\":\"vm-abcd2345\",\"name\":\"web\",\"state\":\"asleep\","
                    + "\"sleeping\":{\"size\":114294784,\"flushed\":true}}";

    @TempDir Path home;
    private PaperDaemon daemon;
    private Stage user;

    @BeforeEach
    void open() throws IOException {
        daemon = new PaperDaemon();
        user = new Stage(home, daemon.host());
    }

    @AfterEach
    void close() {
        daemon.close();
    }

    private static String web(String state, String reason) {
        return "{\"id\":\"vm-abcd2345\",\"name\":\"web\",\"state\":\""
                + state
                + "\",\"reason\":\""
                + reason
                + "\"}";
    }

    @Test
    void putsVmsToSleepAndWakesThem() {
        daemon.answering("POST /v1/vms/web/sleep", 200, ASLEEP);
        daemon.answering("POST /v1/vms/web/wake", 200, PaperDaemon.WEB);
        daemon.answering("POST /v1/vms/web/start", 200, PaperDaemon.WEB);

        assertThat(tells("running", "sleep", "web"))
                .isEqualTo("web: asleep after 0.0 s, 109M of memory on disk\n");
        assertThat(tells("asleep", "wake", "web")).isEqualTo("web: awake after 0.0 s\n");
        assertThat(tells("asleep", "start", "web")).isEqualTo("web: awake after 0.0 s\n");
        assertThat(tells("asleep", "start", "--cold", "web"))
                .isEqualTo("web: ready in 0.0 s at 10.100.0.10\n");
        assertThat(daemon.asked)
                .contains(
                        "POST /v1/vms/web/sleep?wait=600000ms",
                        "POST /v1/vms/web/wake?wait=600000ms",
                        "POST /v1/vms/web/start?cold=true&wait=600000ms");
    }

    /// What is said on standard error of a VM that was in a state before.
    private String tells(String before, String... words) {
        daemon.answering("GET /v1/vms/web", 200, web(before, ""));
        assertThat(user.run(words)).isZero();
        assertThat(user.out()).isEqualTo("web\n");
        return user.err();
    }

    @Test
    void saysWhatIsSoAlready() {
        daemon.answering("POST /v1/vms/web/sleep", 200, ASLEEP);
        daemon.answering("POST /v1/vms/web/stop", 200, web("stopped", ""));
        daemon.answering("POST /v1/vms/web/start", 200, PaperDaemon.WEB);
        daemon.answering("POST /v1/vms/web/restart", 200, PaperDaemon.WEB);
        daemon.answering("POST /v1/vms/web/wake", 200, PaperDaemon.WEB);

        assertThat(tells("running", "wake", "web")).isEqualTo("web runs already\n");
        assertThat(tells("running", "start", "web")).isEqualTo("web runs already\n");
        assertThat(tells("running", "restart", "web"))
                .isEqualTo("web: ready in 0.0 s at 10.100.0.10\n");
        assertThat(tells("asleep", "sleep", "web")).isEqualTo("web sleeps already\n");
        assertThat(tells("stopped", "stop", "web")).isEqualTo("web is stopped already\n");
        assertThat(tells("running", "stop", "web")).isEqualTo("web: stopped after 0.0 s\n");
    }

    @Test
    void saysNothingMoreWhereOutputIsJsonOrNobodyWaits() {
        daemon.answering("POST /v1/vms/web/sleep", 200, ASLEEP);
        daemon.answering("POST /v1/vms/web/snapshots/a/restore", 200, PaperDaemon.WEB);

        assertThat(user.run("sleep", "web", "--json")).isZero();
        assertThat(user.err()).isEmpty();
        assertThat(user.run("sleep", "web", "--no-wait")).isZero();
        assertThat(user.err()).isEmpty();
        assertThat(user.run("snapshot", "restore", "web", "a", "--json")).isZero();
        assertThat(user.err()).isEmpty();
        assertThat(daemon.asked).allMatch(call -> call.startsWith("POST"));
    }

    @Test
    void failsWhenAVmDoesNotComeToWhatWasAsked() {
        daemon.answering(
                "POST /v1/vms/web/sleep",
                200,
                web("running", "it was not put to sleep: 40M are missing"));
        daemon.answering("POST /v1/vms/web/wake", 200, web("asleep", "it did not wake: damaged"));
        daemon.answering("GET /v1/vms/web", 200, PaperDaemon.WEB);

        assertThat(user.run("sleep", "web")).isEqualTo(1);
        assertThat(user.out()).isEmpty();
        assertThat(user.err())
                .isEqualTo(
                        "cove: VM \"web\" is running: it was not put to sleep: 40M are missing\n");
        assertThat(user.run("wake", "web", "--json")).isEqualTo(1);
        assertThat(user.err()).contains("\"kind\":\"UNAVAILABLE\"", "it did not wake: damaged");
    }

    @Test
    void plansSleepWithoutPuttingAnythingToSleepNow() {
        daemon.answering("PATCH /v1/vms/web", 200, PaperDaemon.WEB);

        assertThat(user.run("sleep", "--after", "10m", "web")).isZero();
        assertThat(user.run("sleep", "--after", "never", "web")).isZero();
        assertThat(daemon.asked)
                .containsExactly(
                        "PATCH /v1/vms/web {\"sleep_after\":\"10m\"}",
                        "PATCH /v1/vms/web {\"sleep_after\":\"never\"}");
    }

    @Test
    void warnsOfAVmThatWasBootedThoughThereWasATemplate() {
        daemon.answering(
                "POST /v1/vms", 201, web("running", "its template did not work, so it was booted"));

        assertThat(user.run("create", "web", "-q")).isZero();
        assertThat(user.out()).isEqualTo("web\n");
        assertThat(user.err())
                .contains(
                        "cove: warning: VM \"web\": its template did not work, so it was booted\n");
    }

    @Test
    void createsAVmOfASnapshot() {
        daemon.answering("POST /v1/vms", 201, PaperDaemon.WEB);

        assertThat(user.run("create", "--from", "db/before", "--sleep-after", "10m")).isZero();
        assertThat(daemon.asked.remove())
                .contains("\"sleep_after\":\"10m\",\"from\":\"db/before\"");
    }

    @Test
    void resizesAndTellsFromWhenOn() {
        daemon.answering("POST /v1/vms/web/resize", 200, resized("now"));

        assertThat(user.run("resize", "web", "--disk", "8G")).isZero();
        assertThat(user.out()).isEqualTo("web\n");
        assertThat(user.err()).isEqualTo("web: disk from 4G to 8G, while it runs\n");
        daemon.answering("POST /v1/vms/web/resize", 200, resized("start"));
        assertThat(user.run("resize", "web", "--disk", "8G", "--cpus", "2", "--restart")).isZero();
        assertThat(user.err()).isEqualTo("web: disk from 4G to 8G, from its next start on\n");
        assertThat(user.run("resize", "web", "--memory", "1G", "--json", "--no-wait")).isZero();
        assertThat(user.out()).contains("\"when\":\"start\"");
        assertThat(daemon.asked)
                .containsExactly(
                        "POST /v1/vms/web/resize?wait=600000ms {\"disk\":\"8G\"}",
                        "POST /v1/vms/web/resize?wait=600000ms"
                                + " {\"cpus\":2,\"disk\":\"8G\",\"restart\":true}",
                        "POST /v1/vms/web/resize {\"memory\":\"1G\"}");
        assertThat(user.run("resize", "web")).isEqualTo(2);
        assertThat(user.err()).contains("--cpus, --memory or --disk");
        assertThat(user.run("resize", "web", "--disk", "big")).isEqualTo(2);
    }

    private static String resized(String when) {
        return "{\"changes\":[{\"what\":\"disk\",\"from\":4294967296,\"to\":8589934592,\"when\":\""
                + when
                + "\"}],\"vm\":"
                + web("running", "")
                + "}";
    }

    @Test
    void forksAndTellsThePause() {
        daemon.answering(
                "POST /v1/vms/web/fork",
                201,
                "{\"standstill_ms\":3.25,\"vms\":["
                        + web("running", "").replace("web", "copy-1")
                        + ","
                        + web("running", "").replace("web", "copy-2")
                        + "]}");

        assertThat(user.run("fork", "web", "copy", "--count", "2", "-l", "a=b")).isZero();
        assertThat(user.out()).isEqualTo("copy-1\ncopy-2\n");
        assertThat(user.err()).isEqualTo("web stood still for 3.3 ms\n");
        assertThat(daemon.asked)
                .containsExactly(
                        "GET /v1/events",
                        "POST /v1/vms/web/fork?wait=600000ms"
                                + " {\"name\":\"copy\",\"count\":2,\"labels\":{\"a\":\"b\"}}");
        assertThat(user.run("fork", "web", "--json")).isZero();
        assertThat(user.out()).contains("\"standstill_ms\": 3.25");
    }

    @Test
    void failsNamingTheForkThatDid() {
        daemon.answering(
                "POST /v1/vms/web/fork",
                201,
                "{\"standstill_ms\":3,\"vms\":["
                        + web("running", "").replace("web", "copy-1")
                        + ","
                        + web("failed", "no room").replace("web", "copy-2")
                        + "]}");

        assertThat(user.run("fork", "web", "copy", "-n", "2")).isEqualTo(1);
        assertThat(user.out()).isEqualTo("copy-1\n");
        assertThat(user.err()).contains("cove: VM \"copy-2\" failed: no room");
    }

    @Test
    void countsTheForksThatAreReady() {
        var words = Fork.counting(Set.of("copy-1", "copy-2"));

        assertThat(words.apply(state("copy-1", "starting"))).isEqualTo("0 of 2 are ready");
        assertThat(words.apply(state("copy-1", "running"))).isEqualTo("1 of 2 are ready");
        assertThat(words.apply(state("other", "running"))).isEmpty();
        assertThat(words.apply(state("copy-1", "running"))).isEqualTo("1 of 2 are ready");
    }

    @Test
    void tellsHowManyForksAreReadyWhereThereIsNoTerminal() {
        var ready = state("copy-1", "running").data();
        daemon.answering("GET /v1/events", 200, "event: vm.state\ndata: " + ready + "\n\n");
        var words = Fork.counting(Set.of("copy-1", "copy-2"));

        try (var _ = Progress.telling(user.here(), "…", false, words, Duration.ofMillis(1))) {
            await().untilAsserted(() -> assertThat(user.err()).isEqualTo("1 of 2 are ready\n"));
        }
    }

    private static Happening state(String name, String state) {
        var details = Json.fields().put("name", name).put("state", state).build();
        return new Happening("1", "vm.state", Json.fields().put("details", details).build());
    }

    @Test
    void takesASnapshotAndSaysWhatItIsWorth() {
        daemon.answering("POST /v1/vms/web/snapshots", 201, snapshot("before", true, false));

        assertThat(user.run("snapshot", "create", "web", "before")).isZero();
        assertThat(user.out()).isEqualTo("before\n");
        assertThat(user.err())
                .isEqualTo(
                        "web: memory and disk, 60M, after a pause of 4.0 ms; the guest's file"
                                + " systems were not flushed: its disk alone is as after a power"
                                + " cut\n");
        assertThat(daemon.asked)
                .containsExactly("POST /v1/vms/web/snapshots {\"name\":\"before\"}");
    }

    @Test
    void listsSnapshotsInAlignedColumns() {
        daemon.answering(
                "GET /v1/vms/web/snapshots",
                200,
                "[" + snapshot("before", true, true) + "," + snapshot("x", false, false) + "]");

        assertThat(user.run("snapshot", "ls", "web")).isZero();
        assertThat(user.out())
                .isEqualTo(
                        """
                        NAME    HOLDS   FLUSHED  SIZE  FITS  CREATED
                        before  memory  yes      60M   yes   3 minutes ago
                        x       disk    yes      60M   yes   3 minutes ago
                        """);
        assertThat(user.run("snapshot", "ls", "-q", "web")).isZero();
        assertThat(user.out()).isEqualTo("before\nx\n");
    }

    private static String snapshot(String name, boolean withMemory, boolean flushed) {
        return Json.fields()
                .put("name", name)
                .put("with_memory", withMemory)
                .put("flushed", flushed)
                .put("standstill_ms", 4)
                .put("size", 60 << 20)
                .put("fits", true)
                .put("created", "2026-01-01T00:00:00Z")
                .build()
                .toString();
    }

    @Test
    void restoresAndRemovesSnapshots() {
        daemon.answering("POST /v1/vms/web/snapshots/a/restore", 200, PaperDaemon.WEB);
        daemon.answering("DELETE /v1/vms/web/snapshots/a", 204, "");
        daemon.answering("DELETE /v1/vms/web/snapshots/b", 404, "{\"detail\":\"no b\"}");

        assertThat(user.run("snapshot", "restore", "web", "a", "--cold")).isZero();
        assertThat(user.out()).isEqualTo("web\n");
        assertThat(user.err()).isEqualTo("web: ready in 0.0 s at 10.100.0.10\n");
        assertThat(user.run("snapshot", "rm", "web", "a", "b")).isEqualTo(1);
        assertThat(user.out()).isEqualTo("a\n");
        assertThat(user.err()).isEqualTo("cove: no b\n");
        assertThat(daemon.asked)
                .contains("POST /v1/vms/web/snapshots/a/restore?cold=true&wait=600000ms");
    }

    @Test
    void listsTemplatesInAlignedColumns() {
        daemon.answering(
                "GET /v1/templates",
                200,
                "[{\"id\":\"sn-abcd2345\",\"image\":\"debian\",\"cpus\":1,\"memory\":536870912,"
                        + "\"vmm\":\"qemu\",\"size\":104857600,\"uses\":7,\"standby\":1,"
                        + "\"fits\":false,\"created\":\"2026-01-01T00:00:00Z\"}]");

        assertThat(user.run("template", "ls")).isZero();
        assertThat(user.out())
                .isEqualTo(
                        """
                        ID           IMAGE   CPUS  MEMORY  VMM   SIZE  USES  STANDBY  FITS  CREATED
                        sn-abcd2345  debian  1     512M    qemu  100M  7     1        no    3 minutes ago
                        """);
    }

    @Test
    void preparesAndRemovesTemplates() {
        daemon.answering(
                "POST /v1/templates",
                201,
                "{\"id\":\"sn-abcd2345\",\"image\":\"debian-slim\",\"cpus\":1,"
                        + "\"memory\":1073741824,\"size\":104857600}");
        daemon.answering("DELETE /v1/templates/sn-abcd2345", 204, "");

        assertThat(user.run("template", "prepare", "debian-slim", "--memory", "1g")).isZero();
        assertThat(user.out()).isEqualTo("sn-abcd2345\n");
        assertThat(user.err())
                .isEqualTo("template of debian-slim, cpus 1, memory 1G: 100M, ready after 0.0 s\n");
        assertThat(user.run("template", "rm", "sn-abcd2345")).isZero();
        assertThat(daemon.asked)
                .containsExactly(
                        "POST /v1/templates {\"image\":\"debian-slim\",\"memory\":\"1G\"}",
                        "DELETE /v1/templates/sn-abcd2345");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    sleep                     | which VM?
                    sleep --after soon web    | not a duration: "soon"
                    fork                      | missing required parameter: 'VM'
                    fork web a b              | one argument too many: "b"
                    fork web a --count two    | --count wants a number from 1 to 1000, not "two"
                    snapshot create           | missing required parameter: 'VM'
                    snapshot create web a b   | one argument too many: "b"
                    snapshot restore web      | missing required parameter: 'NAME'
                    snapshto ls web           | did you mean "snapshot"?
                    snapshot rm web           | missing required parameter: 'NAME'
                    template rm               | missing required parameter: 'ID'
                    template prepare --cpus x | --cpus wants a number from 1 to 64, not "x"
                    """)
    void refusesACommandLineThatMakesNoSense(String line, String message) {
        assertThat(user.run(line.split(" "))).isEqualTo(2);
        assertThat(user.out()).isEmpty();
        assertThat(user.err()).startsWith("cove: ").contains(message);
        assertThat(user.err().lines()).hasSize(1);
        assertThat(daemon.asked).isEmpty();
    }
}
