package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Owner;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class CopyRoutesTest extends WithApi {
    @BeforeEach
    void start() throws Exception {
        bench.running("web", Bench.ROOT);
    }

    @Test
    void forksARunningVmOnceForManyCopies() {
        var answer = root.post("/v1/vms/web/fork?wait=10s", "{\"name\":\"copy\",\"count\":3}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.json().path("standstill_ms").asDouble()).isPositive();
        assertThat(texts(answer.json().path("vms"), "name"))
                .containsExactly("copy-1", "copy-2", "copy-3");
        assertThat(texts(answer.json().path("vms"), "state")).containsOnly("running");
        assertThat(texts(answer.json().path("vms"), "origin")).containsOnly("fork");
        var mind = bench.world.mind(bench.vms.find(Bench.ROOT, "web").id());
        assertThat(bench.world.mind(bench.vms.find(Bench.ROOT, "copy-2").id())).isEqualTo(mind);
    }

    @Test
    void forksUnderOneNameOrARandomOne() {
        assertThat(names(root.post("/v1/vms/web/fork?wait=10s", "{\"name\":\"copy\"}")))
                .containsExactly("copy");
        assertThat(names(root.post("/v1/vms/web/fork", "{}")).getFirst()).matches("[a-z]+-[a-z]+");
        assertThat(root.post("/v1/vms/web/fork", "{}").status()).isEqualTo(202);
    }

    @Test
    void forksNothingWhenOneNameIsTaken() throws Exception {
        bench.running("copy-2", Bench.ROOT);

        var refused = root.post("/v1/vms/web/fork", "{\"name\":\"copy\",\"count\":3}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("detail")).contains("copy-2");
        assertThat(texts(root.get("/v1/vms").json(), "name")).containsExactly("copy-2", "web");
        assertThat(bench.world.snapshots()).isEmpty();
    }

    @Test
    void tellsWhichOfTheForksFailed() {
        var resumed = new ArrayList<String>();
        bench.world.trouble((act, done) -> {
            if (act.equals("Vmm.resume") && !done) {
                synchronized (resumed) {
                    resumed.add(act);
                    if (resumed.size() == 1) {
                        throw CoveException.unavailable("no memory is left");
                    }
                }
            }
        });

        var answer =
                root.post("/v1/vms/web/fork?wait=10s", "{\"name\":\"copy\",\"count\":2}").json();

        assertThat(texts(answer.path("vms"), "state"))
                .containsExactlyInAnyOrder("failed", "running");
        assertThat(answer.toString()).contains("no memory is left");
        assertThat(root.get("/v1/vms/web").text("state")).isEqualTo("running");
    }

    @Test
    void takesListsAndRemovesSnapshots() {
        var taken = root.post("/v1/vms/web/snapshots", "{\"name\":\"before\"}");

        assertThat(taken.status()).isEqualTo(201);
        assertThat(taken.json().path("with_memory").asBoolean()).isTrue();
        assertThat(taken.json().path("flushed").asBoolean()).isTrue();
        assertThat(taken.json().path("fits").asBoolean()).isTrue();
        assertThat(taken.whole().headers().firstValue("Location").orElseThrow())
                .endsWith("/snapshots/before");
        assertThat(root.post("/v1/vms/web/snapshots", "{}").text("name")).matches("s\\d{8}-\\d{6}");
        assertThat(texts(root.get("/v1/vms/web/snapshots").json(), "name"))
                .hasSize(2)
                .startsWith("before");
        assertThat(root.get("/v1/vms/web/snapshots/before").text("vm")).isEqualTo("web");
        assertThat(root.delete("/v1/vms/web/snapshots/before").status()).isEqualTo(204);
        var gone = root.get("/v1/vms/web/snapshots/before");
        assertThat(gone.status()).isEqualTo(404);
        assertThat(root.post("/v1/vms/web/snapshots", "{\"nmae\":\"x\"}").status()).isEqualTo(400);
    }

    @Test
    void takesTheDiskAloneOfAStoppedVm() {
        root.post("/v1/vms/web/stop?wait=10s", "");

        var taken = root.post("/v1/vms/web/snapshots", "{\"name\":\"disk\"}");

        assertThat(taken.json().path("with_memory").asBoolean()).isFalse();
        assertThat(taken.json().path("flushed").isNull()).isTrue();
        var made = root.post("/v1/vms?wait=10s", "{\"name\":\"new\",\"from\":\"web/disk\"}");
        assertThat(made.text("state")).isEqualTo("running");
        assertThat(made.text("origin")).isEqualTo("snapshot");
    }

    @Test
    void refusesASnapshotsNameThatIsTaken() {
        root.post("/v1/vms/web/snapshots", "{\"name\":\"before\"}");

        var refused = root.post("/v1/vms/web/snapshots", "{\"name\":\"before\"}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("detail")).contains("cove snapshot rm web before");
        assertThat(root.get("/v1/vms/web/snapshots/befroe").text("detail"))
                .contains("did you mean \"before\"?");
    }

    @Test
    void makesAVmWhatItWas() {
        root.post("/v1/vms/web/snapshots", "{\"name\":\"before\"}");
        var mind = bench.world.mind(bench.vms.find(Bench.ROOT, "web").id());
        root.post("/v1/vms/web/restart?wait=10s&force", "");

        var restored = root.post("/v1/vms/web/snapshots/before/restore?wait=10s", "");

        assertThat(restored.text("state")).isEqualTo("running");
        assertThat(restored.text("origin")).isEqualTo("snapshot");
        assertThat(bench.world.mind(bench.vms.find(Bench.ROOT, "web").id())).isEqualTo(mind);
        var cold = root.post("/v1/vms/web/snapshots/before/restore?wait=10s&cold", "");
        assertThat(cold.text("origin")).isEqualTo("snapshot");
        assertThat(bench.world.mind(bench.vms.find(Bench.ROOT, "web").id())).isNotEqualTo(mind);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"from\":\"web\"|400|VM/SNAPSHOT",
                "\"from\":\"web/\"|400|VM/SNAPSHOT",
                "\"from\":\"web/x y\"|400|not a name",
                "\"from\":\"wbe/before\"|404|did you mean \"web\"?",
                "\"from\":\"web/befroe\"|404|did you mean \"before\"?",
                "\"from\":\"web/before\",\"image\":\"debian\"|400|leave out image",
                "\"from\":\"web/before\",\"cpus\":2|400|leave out --cpus",
                "\"from\":\"web/before\",\"disk\":\"1G\"|400|smaller than the original's",
                "\"from\":\"web/before\",\"start\":false|400|starts at once",
            })
    void refusesAFaultyCopy(String fields, int status, String says) {
        root.post("/v1/vms/web/snapshots", "{\"name\":\"before\"}");

        var refused = root.post("/v1/vms", "{" + fields + "}");

        assertThat(refused.status()).as(refused.body()).isEqualTo(status);
        assertThat(refused.text("detail")).contains(says);
        assertThat(bench.vms.list(Bench.ROOT)).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"0", "1001", "-1"})
    void refusesACountThatMakesNoSense(int count) {
        assertThat(root.post("/v1/vms/web/fork", "{\"count\":" + count + "}").status())
                .isEqualTo(400);
    }

    @Test
    void hidesTheCopiesOfOthers() throws Exception {
        bench.running("hers", new Caller(new Owner("alice"), false));
        root.post("/v1/vms/web/snapshots", "{\"name\":\"before\"}");

        for (var path : List.of("/v1/vms/web/snapshots", "/v1/vms/web/snapshots/before")) {
            assertThat(alice.get(path).status()).isEqualTo(404);
        }
        assertThat(alice.post("/v1/vms/web/fork", "{}").status()).isEqualTo(404);
        assertThat(alice.post("/v1/vms/web/snapshots", "{}").status()).isEqualTo(404);
        assertThat(alice.delete("/v1/vms/web/snapshots/before").status()).isEqualTo(404);
        assertThat(alice.post("/v1/vms/web/snapshots/before/restore", "").status()).isEqualTo(404);
        assertThat(alice.post("/v1/vms", "{\"from\":\"web/before\"}").status()).isEqualTo(404);
        var forked = root.post("/v1/vms/hers/fork?wait=10s", "{\"name\":\"copy\"}").json();
        assertThat(texts(forked.path("vms"), "owner")).containsExactly("alice");
    }

    private static List<String> names(Http.Answer forks) {
        return texts(forks.json().path("vms"), "name");
    }

    private static List<String> texts(JsonNode list, String field) {
        var texts = new ArrayList<String>();
        list.forEach(item -> texts.add(item.path(field).asString()));
        return texts;
    }
}
