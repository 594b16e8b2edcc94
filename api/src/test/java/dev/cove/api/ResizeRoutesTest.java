package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Bytes;
import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import dev.cove.core.VmId;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeRoutesTest extends WithApi {
    private static final long GIBIBYTE = 1L << 30;

    private VmId web;

    @BeforeEach
    void start() throws Exception {
        web = bench.running("web", Bench.ROOT).id();
    }

    @Test
    void growsTheDiskOfAVmThatRuns() {
        var mind = bench.world.mind(web);

        var resized = root.post("/v1/vms/web/resize", "{\"disk\":\"8G\"}");

        assertThat(resized.status()).isEqualTo(200);
        assertThat(resized.json().path("changes").toString())
                .isEqualTo(
                        "[{\"what\":\"disk\",\"from\":4294967296,\"to\":8589934592,\"when\":\"now\"}]");
        assertThat(resized.json().path("vm").path("disk").asLong()).isEqualTo(8 * GIBIBYTE);
        assertThat(bench.world.diskSizes()).containsEntry(web, Bytes.gibibytes(8));
        assertThat(bench.world.mind(web)).isEqualTo(mind);
    }

    @Test
    void restartsWhereItMay() {
        var mind = bench.world.mind(web);

        var resized =
                root.post(
                        "/v1/vms/web/resize?wait=10s",
                        "{\"cpus\":2,\"memory\":\"1G\",\"restart\":true}");

        assertThat(resized.status()).isEqualTo(200);
        assertThat(resized.body()).contains("\"when\":\"restart\"").doesNotContain("disk\",\"from");
        assertThat(resized.json().path("vm").path("state").asString()).isEqualTo("running");
        assertThat(root.get("/v1/vms/web").json().path("memory").asLong()).isEqualTo(GIBIBYTE);
        assertThat(bench.world.mind(web)).isNotEqualTo(mind);
        var busy = root.post("/v1/vms/web/resize", "{\"cpus\":3,\"restart\":true}");
        assertThat(busy.status()).isEqualTo(202);
    }

    @Test
    void growsTheDiskOfAStoppedVmWhenItStarts() {
        root.post("/v1/vms/web/stop?wait=10s", "");

        var resized = root.post("/v1/vms/web/resize", "{\"cpus\":2,\"disk\":\"8G\"}");

        assertThat(resized.status()).isEqualTo(200);
        assertThat(resized.body()).contains("\"when\":\"start\"");
        assertThat(bench.world.diskSizes()).containsEntry(web, Bytes.gibibytes(4));
        root.post("/v1/vms/web/start?wait=10s", "");
        assertThat(bench.world.diskSizes()).containsEntry(web, Bytes.gibibytes(8));
    }

    @Test
    void changesNothingThatIsSoAlready() {
        var resized = root.post("/v1/vms/web/resize", "{\"cpus\":1,\"disk\":\"4G\"}");

        assertThat(resized.status()).isEqualTo(200);
        assertThat(resized.json().path("changes")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|400|say what is to change",
                "{\"disk\":\"2G\"}|400|cannot shrink",
                "{\"disk\":\"4000M\"}|400|cannot shrink",
                "{\"cpus\":5,\"restart\":true}|400|more than this machine has (4)",
                "{\"cpus\":0}|400|between 1 and 64",
                "{\"memory\":\"17G\"}|400|more than this machine has (16G)",
                "{\"memory\":\"1M\"}|400|at least 64M",
                "{\"memory\":\"1G\"}|409|add --restart",
                "{\"memroy\":\"1G\"}|400|did you mean \"memory\"?",
            })
    void refusesWhatCannotBe(String wish, int status, String says) {
        var refused = root.post("/v1/vms/web/resize", wish);

        assertThat(refused.status()).as(refused.body()).isEqualTo(status);
        assertThat(refused.text("detail")).contains(says);
        var still = root.get("/v1/vms/web").json();
        assertThat(still.path("cpus").asInt()).isEqualTo(1);
        assertThat(still.path("disk").asLong()).isEqualTo(4 * GIBIBYTE);
    }

    @Test
    void refusesOneThatSleepsAndSaysHowToWakeIt() {
        root.post("/v1/vms/web/sleep?wait=10s", "");

        var refused = root.post("/v1/vms/web/resize", "{\"disk\":\"8G\"}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("detail")).contains("cove wake web");
    }

    @Test
    void saysWhenTheGuestDoesNotFollowAndCompletesItWhenAskedAgain() {
        bench.world.trouble((act, done) -> {
            if (act.equals("Boot.grow") && !done) {
                throw CoveException.unavailable("the guest says: its file system did not grow");
            }
        });

        var refused = root.post("/v1/vms/web/resize", "{\"disk\":\"8G\"}");

        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.text("detail")).contains("its file system did not grow", "ask again");
        bench.world.trouble(dev.cove.testkit.World.Trouble.NONE);
        var again = root.post("/v1/vms/web/resize", "{\"disk\":\"8G\"}");
        assertThat(again.json().path("vm").path("disk").asLong()).isEqualTo(8 * GIBIBYTE);
    }

    @Test
    void hidesTheVmsOfOthers() throws Exception {
        bench.running("hers", new Caller(new Owner("alice"), false));

        assertThat(alice.post("/v1/vms/web/resize", "{\"disk\":\"8G\"}").status()).isEqualTo(404);
        assertThat(alice.post("/v1/vms/hers/resize", "{\"disk\":\"8G\"}").status()).isEqualTo(200);
    }
}
