package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.json.JsonMapper;

/// Images, tokens, events, the daemon itself, and the paths of older daemons.
@Timeout(60)
class RestTest extends WithApi {
    @Test
    void buildsAnImageAndTellsOfIt() throws Exception {
        try (var events = new Stream("/v1/events", "")) {
            assertThat(root.post("/v1/images", "{\"name\":\"mine\",\"recipe\":\"x\"}").status())
                    .isEqualTo(202);

            assertThat(events.next("image.progress")).contains("building nothing");
            assertThat(events.next("image.ready")).contains("\"subject\":\"mine\"");
        }
        assertThat(root.get("/v1/images/mine").text("origin")).isEqualTo("a fake");
    }

    @Test
    void waitsForAnImage() {
        var answer = root.post("/v1/images?wait=10s", "{\"name\":\"mine\"}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text("name")).isEqualTo("mine");
    }

    @Test
    void importsAnImageLargerThanAnyJson() {
        var content = BodyPublishers.ofByteArray(new byte[3 << 20]);

        var answer =
                root.send(
                        root.request("/v1/images/mine/import?sha256=" + "a".repeat(64))
                                .POST(content));

        assertThat(answer.status()).isEqualTo(201);
        assertThat(root.get("/v1/images").json().size()).isEqualTo(2);
    }

    @Test
    void refusesFaultyImages() {
        assertThat(root.post("/v1/images", "{}").text("detail")).contains("\"name\" is missing");
        assertThat(root.post("/v1/images", "{\"name\":\"../x\"}").status()).isEqualTo(400);
        assertThat(root.post("/v1/images/mine/import?sha256=abc", "x").status()).isEqualTo(400);
        assertThat(root.get("/v1/images/debain").text("detail"))
                .contains("did you mean \"debian\"?");
        assertThat(root.delete("/v1/images/none").status()).isEqualTo(404);
    }

    @Test
    void keepsAnImageThatAVmBootsFrom() throws Exception {
        bench.running("web", Bench.ROOT);

        assertThat(root.delete("/v1/images/debian").status()).isEqualTo(409);
        assertThat(root.post("/v1/images?wait=10s", "{\"name\":\"debian\"}").status())
                .isEqualTo(201);
        assertThat(root.delete("/v1/images/debian").status())
                .as("the older image of that name goes with the newest")
                .isEqualTo(409);
        root.delete("/v1/vms/web?force&wait=10s");
        assertThat(root.delete("/v1/images/debian").status()).isEqualTo(204);
    }

    @Test
    void tellsOnlyAdministratorsOfTheMachine() {
        assertThat(alice.get("/v1/doctor").status()).isEqualTo(403);
        assertThat(alice.get("/v1/doctor").text("detail")).contains("for administrators");
    }

    @Test
    void letsOnlyAdministratorsMakeImagesAndTokens() {
        assertThat(alice.get("/v1/images").status()).isEqualTo(200);
        assertThat(alice.post("/v1/images", "{\"name\":\"mine\"}").status()).isEqualTo(403);
        assertThat(alice.post("/v1/images/mine/import", "x").status()).isEqualTo(403);
        assertThat(alice.delete("/v1/images/debian").status()).isEqualTo(403);
        assertThat(alice.get("/v1/tokens").status()).isEqualTo(403);
        assertThat(alice.post("/v1/tokens", "{\"name\":\"more\"}").status()).isEqualTo(403);
        assertThat(alice.delete("/v1/tokens/root").status()).isEqualTo(403);
        assertThat(alice.get("/metrics").status()).isEqualTo(403);
    }

    @Test
    void showsATokensSecretOnce() {
        var made = root.post("/v1/tokens", "{\"name\":\"ci\",\"administrator\":true}");

        assertThat(made.status()).isEqualTo(201);
        var secret = made.text("secret");
        assertThat(root.get("/v1/tokens").body()).contains("\"ci\"").doesNotContain(secret);
        assertThat(root.post("/v1/tokens", "{\"name\":\"ci\"}").status()).isEqualTo(409);
        assertThat(root.post("/v1/tokens", "{\"name\":\"x\",\"owner\":\"a b\"}").status())
                .isEqualTo(400);
        assertThat(root.delete("/v1/tokens/none").status()).isEqualTo(404);
    }

    @Test
    void resumesEventsWhereAClientLeftOff() throws Exception {
        long first;
        try (var events = new Stream("/v1/events", "")) {
            bench.running("one", Bench.ROOT);
            first = new JsonMapper().readTree(events.next("vm.created")).path("number").asLong();
        }
        bench.running("two", Bench.ROOT);

        try (var resumed = new Stream("/v1/events?after=" + first, "")) {
            assertThat(resumed.next("vm.created")).contains("\"name\":\"two\"");
        }
        try (var resumed = new Stream("/v1/events", Long.toString(first))) {
            assertThat(resumed.next("vm.created")).contains("\"name\":\"two\"");
        }
        try (var resumed = new Stream("/v1/events?after=1", "")) {
            assertThat(resumed.next("missed")).isEqualTo("{}");
        }
        assertThat(root.get("/v1/events?after=x").status()).isEqualTo(400);
    }

    @Test
    void promisesTheShapeOfEvents() throws Exception {
        try (var events = new Stream("/v1/events", "")) {
            bench.running("one", Bench.ROOT);
            for (var type : List.of("vm.created", "vm.step", "vm.state")) {
                var data = new JsonMapper().readTree(events.next(type));
                assertThat(OpenApi.DOCUMENT.errors("Event", data)).isEmpty();
            }
        }
    }

    @Test
    void keepsQuietStreamsAlive() throws Exception {
        try (var events = new Stream("/v1/events", "")) {
            assertThat(events.line(": still here")).isTrue();
        }
    }

    @Test
    void listsWhatTheDoctorFinds() {
        var findings = root.get("/v1/doctor").json();

        assertThat(findings.get(0).path("level").asString()).isEqualTo("ok");
        assertThat(findings.get(1).path("says").asString()).contains("an examiner that breaks");
    }

    @Test
    void measuresItself() throws Exception {
        bench.running("web", Bench.ROOT);
        root.get("/v1/vms");

        await().untilAsserted(() ->
                assertThat(root.get("/metrics").body())
                        .contains(
                                "cove_vms{state=\"running\"} 1.0",
                                "cove_leases 1.0",
                                "cove_vmm_memory_bytes 1000.0",
                                "cove_pool_bytes{of=\"free\"}",
                                "cove_api_requests_total{method=\"GET\",route=\"/v1/vms\",status=\"200\"}",
                                "cove_api_seconds_bucket{method=\"GET\",route=\"/v1/vms\",le=\"0.01\"}",
                                "cove_vm_ready_seconds_count{step=\"total\"} 1"));
    }

    @Test
    void servesTheClientsOfOlderDaemons() throws Exception {
        var made =
                root.send(
                        root.request("/vms")
                                .header("Content-Type", "application/x-www-form-urlencoded")
                                .POST(
                                        BodyPublishers.ofString(
                                                "{\"name\":\"my-vm\",\"user_id\":\"falcon\","
                                                        + "\"more\":1}")));
        assertThat(made.status()).isEqualTo(201);
        assertThat(made.text("user_id")).isEqualTo("falcon");
        var id = made.text("id");
        await().until(() -> root.get("/vms/" + id).text("status").equals("running"));
        assertThat(root.get("/vms").json().size()).isEqualTo(1);
        assertThat(root.get("/vms/" + id + "/ssh").text("host")).isEqualTo("127.100.0.10");
        assertThat(root.post("/vms/" + id + "/stop", "").status()).isEqualTo(202);
        await().until(() -> root.get("/vms/" + id).text("status").equals("stopped"));
        assertThat(root.post("/vms/" + id + "/start", "").status()).isEqualTo(202);
        assertThat(root.delete("/vms/" + id).status()).isEqualTo(202);
        await().until(() -> root.get("/vms/" + id).status() == 404);
    }

    @Test
    void takesAKeyFromTheClientsOfOlderDaemons() {
        var key = bench.shell.key().toString();

        var made = root.post("/vms", "{\"ssh_public_key\":\"" + key + "\"}");

        assertThat(made.status()).isEqualTo(201);
        assertThat(bench.vms.find(Bench.ROOT, made.text("id")).spec().keys()).hasSize(1);
    }

    @Test
    void makesVmsForOthersOnlyForAdministrators() {
        assertThat(alice.post("/vms", "{\"user_id\":\"falcon\"}").status()).isEqualTo(403);
        assertThat(alice.post("/vms", "{\"user_id\":\"alice\"}").status()).isEqualTo(201);
    }

    /// A stream of events that is being read.
    private final class Stream implements AutoCloseable {
        private final BufferedReader lines;

        Stream(String path, String last) throws Exception {
            var request = root.request(path).GET();
            if (!last.isEmpty()) {
                request.header("Last-Event-ID", last);
            }
            var body =
                    HttpClient.newHttpClient()
                            .send(request.build(), BodyHandlers.ofInputStream())
                            .body();
            lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        }

        /// The data of the next event of a type.
        String next(String type) throws Exception {
            assertThat(line("event: " + type)).isTrue();
            return lines.readLine().substring("data: ".length());
        }

        boolean line(String wanted) throws Exception {
            var seen = new ArrayList<String>();
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                seen.add(line);
                if (line.equals(wanted)) {
                    return true;
                }
            }
            throw new AssertionError(wanted + " never came: " + seen);
        }

        @Override
        public void close() throws java.io.IOException {
            lines.close();
        }
    }
}
