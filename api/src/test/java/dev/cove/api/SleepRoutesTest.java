package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.CoveException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SleepRoutesTest extends WithApi {
    @BeforeEach
    void start() throws Exception {
        bench.running("web", Bench.ROOT);
    }

    @Test
    void putsAVmToSleepAndSaysWhatItTakes() {
        var asleep = root.post("/v1/vms/web/sleep?wait=10s", "");

        assertThat(asleep.status()).isEqualTo(200);
        assertThat(asleep.text("state")).isEqualTo("asleep");
        assertThat(asleep.json().path("sleeping").path("flushed").asBoolean()).isTrue();
        assertThat(asleep.json().path("timings").has("save")).isTrue();
        assertThat(bench.world.pids()).isEmpty();
        assertThat(root.get("/v1/vms").json().get(0).path("state").asString()).isEqualTo("asleep");
    }

    @Test
    void wakesItWhereItWas() {
        var before = bench.world.mind(bench.vms.find(Bench.ROOT, "web").id());
        root.post("/v1/vms/web/sleep?wait=10s", "");

        var awake = root.post("/v1/vms/web/wake?wait=10s", "");

        assertThat(awake.text("state")).isEqualTo("running");
        assertThat(awake.text("origin")).isEqualTo("sleep");
        assertThat(awake.json().path("sleeping").isNull()).isTrue();
        assertThat(bench.world.mind(bench.vms.find(Bench.ROOT, "web").id())).isEqualTo(before);
        assertThat(root.post("/v1/vms/web/wake?wait=10s", "").text("state")).isEqualTo("running");
    }

    @Test
    void bootsOneThatSleepsWhenItIsToStartCold() {
        root.post("/v1/vms/web/sleep?wait=10s", "");

        var started = root.post("/v1/vms/web/start?wait=10s&cold=true", "");

        assertThat(started.text("state")).isEqualTo("running");
        assertThat(started.text("origin")).isEqualTo("cold");
    }

    @ParameterizedTest
    @CsvSource({
        "post,stop",
        "post,restart",
        "post,fork",
        "post,snapshots",
        "get,ssh",
        "get,files?path=/etc"
    })
    void saysHowToWakeOneThatSleeps(String method, String what) {
        root.post("/v1/vms/web/sleep?wait=10s", "");

        var path = "/v1/vms/web/" + what;
        var refused = method.equals("get") ? root.get(path) : root.post(path, "{}");

        assertThat(refused.status()).as(refused.body()).isEqualTo(409);
        assertThat(refused.text("detail")).contains("cove wake web");
    }

    @Test
    void wakesNothingThatIsStopped() {
        root.post("/v1/vms/web/stop?wait=10s", "");

        var refused = root.post("/v1/vms/web/wake", "");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("detail")).contains("does not sleep", "cove start web");
        assertThat(root.post("/v1/vms/web/sleep", "").text("detail")).contains("cove start web");
    }

    @Test
    void saysWhyAVmWasNotPutToSleepUntilItIs() {
        bench.world.trouble((act, done) -> {
            if (act.equals("Machine.save") && !done) {
                throw CoveException.unavailable("no room: 40M are missing");
            }
        });

        var refused = root.post("/v1/vms/web/sleep?wait=10s", "");

        assertThat(refused.text("state")).isEqualTo("running");
        assertThat(refused.text("reason"))
                .isEqualTo("it was not put to sleep: no room: 40M are missing");
        bench.world.trouble(dev.cove.testkit.World.Trouble.NONE);
        var asleep = root.post("/v1/vms/web/sleep?wait=10s", "");
        assertThat(asleep.text("state")).isEqualTo("asleep");
        assertThat(asleep.json().path("reason").isNull()).isTrue();
    }

    @Test
    void saysWhyAVmDidNotWakeUntilItDoes() {
        root.post("/v1/vms/web/sleep?wait=10s", "");
        bench.world.trouble((act, done) -> {
            if (act.equals("Vmm.resume") && !done) {
                throw CoveException.unavailable("its memory is not what was saved");
            }
        });

        var refused = root.post("/v1/vms/web/wake?wait=10s", "");

        assertThat(refused.text("state")).isEqualTo("asleep");
        assertThat(refused.text("reason"))
                .isEqualTo(
                        "it did not wake: its memory is not what was saved; to boot it, without what"
                                + " it has in memory: cove start --cold web");
        bench.world.trouble(dev.cove.testkit.World.Trouble.NONE);
        var awake = root.post("/v1/vms/web/wake?wait=10s", "");
        assertThat(awake.text("state")).isEqualTo("running");
        assertThat(awake.json().path("reason").isNull()).isTrue();
    }

    @Test
    void keepsWhenAVmIsToSleepByItself() {
        assertThat(root.patch("/v1/vms/web", "{\"sleep_after\":\"90s\"}").text("sleep_after"))
                .isEqualTo("90s");
        assertThat(root.get("/v1/vms/web").text("sleep_after")).isEqualTo("90s");
        var never = root.patch("/v1/vms/web", "{\"sleep_after\":\"never\"}");
        assertThat(never.json().path("sleep_after").isNull()).isTrue();
        var made = root.post("/v1/vms?wait=10s", "{\"name\":\"db\",\"sleep_after\":\"10m\"}");
        assertThat(made.text("sleep_after")).isEqualTo("10m");
    }

    @ParameterizedTest
    @CsvSource({"soon", "1s", "0", "99999h"})
    void refusesATimeThatMakesNoSense(String time) {
        var refused = root.patch("/v1/vms/web", "{\"sleep_after\":\"" + time + "\"}");

        assertThat(refused.status()).isEqualTo(400);
    }
}
