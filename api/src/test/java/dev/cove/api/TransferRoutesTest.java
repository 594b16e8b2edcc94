package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cove.core.CoveException;
import dev.cove.testkit.World;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TransferRoutesTest extends WithApi {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String KEY =
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me";

    @BeforeEach
    void start() throws Exception {
        bench.running("web", Bench.ROOT);
    }

    @Test
    void takesAVmOutAndInAgain() {
        var file = root.get("/v1/vms/web/export?running=true");
        assertThat(file.status()).isEqualTo(200);
        assertThat(file.type()).isEqualTo("application/octet-stream");
        assertThat(header(file, "Cove-With-Memory")).isEqualTo("true");
        assertThat(header(file, "Cove-Flushed")).isEqualTo("true");
        assertThat(header(file, "Cove-Standstill-Ms")).isEqualTo("1.0");

        var made =
                root.post(
                        "/v1/imports?wait=10s&name=copy&ssh_key="
                                + URLEncoder.encode(KEY, StandardCharsets.UTF_8),
                        file.body());

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.text("state")).isEqualTo("running");
        assertThat(made.text("origin")).isEqualTo("import");
        assertThat(made.whole().headers().firstValue("Location"))
                .contains("/v1/vms/" + made.text("id"));
        var mind = bench.world.mind(bench.vms.find(Bench.ROOT, "web").id());
        var copy = bench.vms.find(Bench.ROOT, "copy");
        assertThat(bench.world.mind(copy.id())).isEqualTo(mind);
        assertThat(copy.spec().keys()).extracting(Object::toString).containsExactly(KEY);
    }

    @Test
    void takesItsDiskAlone() {
        var file = root.get("/v1/vms/web/export");

        assertThat(header(file, "Cove-With-Memory")).isEqualTo("false");
        assertThat(root.post("/v1/imports?name=copy", file.body()).status()).isEqualTo(202);
    }

    @Test
    void refusesAMemoryOfWhomeverIsNoAdministrator() {
        var file = root.get("/v1/vms/web/export?running").body();

        var refused = alice.post("/v1/imports?name=hers", file);

        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.text("detail")).contains("--cold");
        var made = alice.post("/v1/imports?wait=10s&name=hers&cold=true", file);
        assertThat(made.text("owner")).isEqualTo("alice");
        assertThat(made.text("origin")).isEqualTo("import");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "name=web|409|another name",
                "name=x y|400|not a name",
                "cpus=65|400|?cpus has to be",
                "name=copy&cold&cpus=5|400|more than this machine has",
                "name=copy&cpus=2|400|leave out --cpus",
                "name=copy&image=debain|404|did you mean \"debian\"?",
                "name=copy&memory=much|400|not a size",
                "nmae=copy|400|did you mean \"name\"?",
                "name=copy&ssh_key=rubbish|400|key",
            })
    void refusesWhatCannotBe(String query, int status, String says) {
        var file = root.get("/v1/vms/web/export?running=true").body();

        var refused = root.post("/v1/imports?" + query.replace(" ", "%20"), file);

        assertThat(refused.status()).as(refused.body()).isEqualTo(status);
        assertThat(refused.text("detail")).contains(says);
        assertThat(bench.vms.list(Bench.ROOT)).hasSize(1);
        assertThat(bench.world.snapshots()).isEmpty();
        assertThat(bench.world.drafts()).isEmpty();
    }

    @Test
    void refusesWhatIsNoFileOfAVm() {
        var file = root.get("/v1/vms/web/export").body();

        assertThat(root.post("/v1/imports", "hello").status()).isEqualTo(400);
        var cut = root.post("/v1/imports?name=copy", file.substring(0, file.length() - 3));
        assertThat(cut.text("detail")).contains("is cut short");
        assertThat(bench.world.snapshots()).isEmpty();
    }

    @Test
    void breaksOffWhatItCannotWriteToItsEnd() {
        bench.world.trouble((act, done) -> {
            if (act.equals("Exports.written") && !done) {
                throw CoveException.unavailable("the disk cannot be read");
            }
        });

        assertThatThrownBy(() -> root.get("/v1/vms/web/export")).isInstanceOf(AssertionError.class);

        bench.world.trouble(World.Trouble.NONE);
        await().atMost(LIMIT).until(() -> bench.world.snapshots().isEmpty());
        assertThat(root.get("/v1/vms/web").text("state")).isEqualTo("running");
    }

    @Test
    void exportsNothingOfOthers() {
        assertThat(alice.get("/v1/vms/web/export").status()).isEqualTo(404);
        assertThat(root.get("/v1/vms/wbe/export").text("detail")).contains("did you mean \"web\"?");
        root.post("/v1/vms/web/stop?wait=10s", "");
        assertThat(root.get("/v1/vms/web/export?running=1").status()).isEqualTo(409);
        assertThat(root.get("/v1/vms/web/export?runing=1").status()).isEqualTo(400);
    }

    private static String header(Http.Answer answer, String name) {
        return answer.whole().headers().firstValue(name).orElse("");
    }
}
