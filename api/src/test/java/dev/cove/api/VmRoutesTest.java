package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cove.core.Caller;
import dev.cove.core.Owner;
import dev.cove.core.control.NewVm;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class VmRoutesTest extends WithApi {
    @Test
    void makesAVmAndWaitsUntilItRuns() {
        var answer =
                alice.post(
                        "/v1/vms?wait=10s",
                        """
                        {"name":"web","cpus":2,"memory":"256M","disk":2147483648,"vmm":"auto",
                         "labels":{"tier":"front"},"ssh_keys":[],"cold":true}\
                        """);

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text("name")).isEqualTo("web");
        assertThat(answer.text("state")).isEqualTo("running");
        assertThat(answer.text("owner")).isEqualTo("alice");
        assertThat(answer.text("address")).isEqualTo("127.100.0.10");
        assertThat(answer.json().path("memory").asLong()).isEqualTo(256L << 20);
        assertThat(answer.json().path("timings").has("total")).isTrue();
        assertThat(answer.whole().headers().firstValue("Location"))
                .contains("/v1/vms/" + answer.text("id"));
    }

    @Test
    void answersAtOnceWhenNobodyWaits() {
        assertThat(root.post("/v1/vms", "{}").status()).isEqualTo(202);
    }

    @Test
    void answers202WhenTheWaitIsOver() {
        bench.world.trouble((act, done) -> {
            if (act.equals("Vmm.launch") && !done) {
                pause(Duration.ofSeconds(3));
            }
        });

        assertThat(root.post("/v1/vms?wait=100ms", "{}").status()).isEqualTo(202);
    }

    @Test
    void makesAVmThatIsNotStarted() {
        var answer = root.post("/v1/vms?wait=10s", "{\"name\":\"web\",\"start\":false}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text("state")).isEqualTo("stopped");
    }

    @Test
    void showsAFailedVmWithItsReason() {
        bench.world.trouble((act, done) -> {
            if (act.equals("Vmm.launch") && !done) {
                throw dev.cove.core.CoveException.unavailable("qemu said no");
            }
        });

        var answer = root.post("/v1/vms?wait=10s", "{\"name\":\"web\"}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(answer.text("state")).isEqualTo("failed");
        assertThat(answer.text("reason")).contains("qemu said no");
    }

    @Test
    void listsWhatIsSoNowThoughItListedTheSameVmBefore() throws Exception {
        var vm = bench.running("web", Bench.ROOT);
        bench.running("other", Bench.ROOT);
        var before = root.get("/v1/vms").json();

        root.patch("/v1/vms/web", "{\"name\":\"shop\",\"labels\":{\"k\":\"v\"}}");
        var renamed = root.get("/v1/vms").json();
        root.post("/v1/vms/shop/stop?wait=10s", "");
        var stopped = root.get("/v1/vms").json();
        root.delete("/v1/vms/shop?wait=10s");

        assertThat(names(before)).isEqualTo("other web");
        assertThat(before.get(1).path("address").asString())
                .isEqualTo(vm.status().address().orElseThrow().toString());
        assertThat(names(renamed)).isEqualTo("other shop");
        assertThat(renamed.get(1).path("labels").path("k").asString()).isEqualTo("v");
        assertThat(stopped.get(1).path("state").asString()).isEqualTo("stopped");
        assertThat(stopped.get(0)).isEqualTo(before.get(0));
        assertThat(names(root.get("/v1/vms").json())).isEqualTo("other");
    }

    @Test
    void listsByNameAndLabel() throws Exception {
        root.post("/v1/vms", "{\"name\":\"b\",\"labels\":{\"k\":\"v\",\"l\":\"w\"}}");
        root.post("/v1/vms", "{\"name\":\"a\",\"labels\":{\"k\":\"v\"}}");

        assertThat(names(root.get("/v1/vms").json())).isEqualTo("a b");
        assertThat(names(root.get("/v1/vms?label=k=v").json())).isEqualTo("a b");
        assertThat(names(root.get("/v1/vms?label=k=v&label=l=w").json())).isEqualTo("b");
        assertThat(names(root.get("/v1/vms?label=k=x").json())).isEmpty();
        assertThat(root.get("/v1/vms?label=k").status()).isEqualTo(400);
    }

    @Test
    void showsTheVmsOfOthersToAdministratorsOnly() throws Exception {
        var vm = bench.running("secret", Bench.ROOT);
        bench.running("mine", new Caller(new Owner("alice"), false));

        assertThat(names(alice.get("/v1/vms").json())).isEqualTo("mine");
        assertThat(names(root.get("/v1/vms").json())).isEqualTo("mine secret");
        for (var reference : new String[] {"secret", vm.id().text()}) {
            var refused = alice.get("/v1/vms/" + reference);
            assertThat(refused.status()).isEqualTo(404);
            assertThat(refused.text("kind")).isEqualTo("NOT_FOUND");
            assertThat(alice.delete("/v1/vms/" + reference + "?force").status()).isEqualTo(404);
            assertThat(alice.post("/v1/vms/" + reference + "/stop", "").status()).isEqualTo(404);
            assertThat(alice.get("/v1/vms/" + reference + "/ssh").status()).isEqualTo(404);
            assertThat(alice.get("/v1/vms/" + reference + "/log").status()).isEqualTo(404);
        }
    }

    @Test
    void tellsPidsAndPathsToAdministratorsOnly() throws Exception {
        bench.running("web", new Caller(new Owner("alice"), false));

        var full = root.get("/v1/vms/web").json();
        assertThat(full.path("process").path("pid").asLong()).isPositive();
        assertThat(full.path("paths").path("console").asString()).endsWith("/console.log");
        var plain = alice.get("/v1/vms/web").json();
        assertThat(plain.path("process").isNull()).isTrue();
        assertThat(plain.path("paths").isNull()).isTrue();
    }

    @Test
    void namesTheNearestVm() throws Exception {
        bench.running("web", Bench.ROOT);

        assertThat(root.get("/v1/vms/wbe").text("detail")).contains("did you mean \"web\"?");
    }

    @Test
    void stopsStartsAndRestarts() throws Exception {
        bench.running("web", Bench.ROOT);

        assertThat(root.post("/v1/vms/web/stop?wait=10s&grace=1s", "").text("state"))
                .isEqualTo("stopped");
        assertThat(root.post("/v1/vms/web/start?wait=10s", "").text("state")).isEqualTo("running");
        assertThat(root.post("/v1/vms/web/restart?wait=10s&force", "").text("state"))
                .isEqualTo("running");
        assertThat(root.post("/v1/vms/web/stop?force=true", "").status()).isEqualTo(202);
    }

    @Test
    void renamesAndLabels() throws Exception {
        bench.running("web", Bench.ROOT);
        bench.running("taken", Bench.ROOT);

        var changed = root.patch("/v1/vms/web", "{\"name\":\"api\",\"labels\":{\"a\":\"b\"}}");

        assertThat(changed.text("name")).isEqualTo("api");
        assertThat(changed.json().path("labels").path("a").asString()).isEqualTo("b");
        assertThat(root.patch("/v1/vms/api", "{\"name\":\"taken\"}").status()).isEqualTo(409);
        assertThat(root.patch("/v1/vms/api", "{\"cpus\":2}").status()).isEqualTo(400);
    }

    @Test
    void destroysARunningVmOnlyByForce() throws Exception {
        var vm = bench.running("web", Bench.ROOT);

        var refused = root.delete("/v1/vms/web");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.text("detail")).contains("cove destroy -f web");
        assertThat(root.delete("/v1/vms/web?force=true&wait=10s").status()).isEqualTo(204);
        assertThat(root.get("/v1/vms/" + vm.id()).status()).isEqualTo(404);
    }

    @Test
    void destroysAStoppedVm() throws Exception {
        bench.running("web", Bench.ROOT);
        root.post("/v1/vms/web/stop?wait=10s", "");

        assertThat(root.delete("/v1/vms/web").status()).isEqualTo(202);
    }

    @Test
    void saysHowToLogIn() throws Exception {
        var vm = bench.running("web", Bench.ROOT);

        var answer = root.get("/v1/vms/web/ssh");

        assertThat(answer.text("host")).isEqualTo("127.100.0.10");
        assertThat(answer.text("user")).isEqualTo("root");
        assertThat(answer.text("host_key")).startsWith("ssh-ed25519 AAAA");
        assertThat(answer.text("known_hosts")).isEqualTo("127.100.0.10 " + answer.text("host_key"));
        assertThat(answer.text("proxy")).isEqualTo("/v1/vms/" + vm.id() + "/proxy/22");
        root.post("/v1/vms/web/stop?wait=10s", "");
        assertThat(root.get("/v1/vms/web/ssh").status()).isEqualTo(409);
    }

    @Test
    void neverShowsASecret() throws Exception {
        bench.running("web", Bench.ROOT);

        assertThat(root.get("/v1/vms/web").body()).doesNotContain("machine", "seed", "PRIVATE");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"name\":\"Web\"}|400|not a name",
                "{\"name\":\"-web\"}|400|not a name",
                "{\"name\":\"a/../b\"}|400|not a name",
                "{\"name\":\"\"}|400|not a name",
                "{\"image\":\"debain\"}|404|did you mean \"debian\"?",
                "{\"cpus\":0}|400|cpus has to be between 1 and 64",
                "{\"cpus\":64}|400|more than this machine has",
                "{\"cpus\":\"2\"}|400|cpus has to be a whole number, not text",
                "{\"cpus\":1.5}|400|cpus has to be a whole number, not the number 1.5",
                "{\"cpus\":99999999999}|400|cpus has to be a whole number",
                "{\"memory\":\"900T\"}|400|more than this machine has",
                "{\"memory\":\"lots\"}|400|not a size",
                "{\"memory\":-1}|400|a size cannot be negative",
                "{\"memory\":true}|400|memory has to be bytes or text like \"512M\", not true",
                "{\"memory\":\"1M\"}|400|memory has to be at least 64M",
                "{\"disk\":\"64M\"}|400|too small for image",
                "{\"disk\":999999999999999999999}|400|too large to count",
                "{\"vmm\":\"xen\"}|400|there is no VMM \"xen\"",
                "{\"ssh_keys\":\"ssh-ed25519 AAAA\"}|400|ssh_keys has to be a list of text, not text",
                "{\"ssh_keys\":[\"ssh-ed25519 AAAA\"]}|400|not a public SSH key",
                "{\"ssh_keys\":[1]}|400|ssh_keys has to be text, not the number 1",
                "{\"labels\":{\"a b\":\"c\"}}|400|not a label's key",
                "{\"labels\":{\"a\":1}}|400|labels.a has to be text, not the number 1",
                "{\"labels\":[]}|400|labels has to be an object of texts, not a list",
                "{\"start\":\"yes\"}|400|start has to be true or false, not text",
                "{\"nmae\":\"web\"}|400|there is no field \"nmae\"; did you mean \"name\"?",
                "{\"name\":\"a\",\"name\":\"b\"}|400|is not JSON",
                "{\"name\":\"a\"} x|400|is not JSON",
                "{\"name\":|400|is not JSON at line 1",
                "[]|400|the body has to be an object, not a list",
                "null|400|the body has to be an object, not null",
                "''|400|the body",
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]|400|is not JSON",
            })
    void refusesAFaultyWish(String body, int status, String says) {
        var answer = root.post("/v1/vms", body);

        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.text("detail")).contains(says);
        assertThat(bench.vms.list(Bench.ROOT)).isEmpty();
        assertThat(bench.world.disks()).isEmpty();
    }

    @Test
    void refusesANameThatIsTaken() throws Exception {
        bench.running("web", Bench.ROOT);

        var answer = alice.post("/v1/vms", "{\"name\":\"web\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.text("kind")).isEqualTo("CONFLICT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/v1/vms?wiat=1s|did you mean \"wait\"?",
                "/v1/vms?wait=soon|not a duration",
                "/v1/vms?wait=11m|at most 600s",
                "/v1/vms?wait=1s&wait=2s|?wait is given 2 times",
            })
    void refusesAFaultyQuery(String path, String says) {
        var answer = root.post(path, "{}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text("detail")).contains(says);
        assertThat(bench.vms.list(Bench.ROOT)).isEmpty();
    }

    @Test
    void listsAThousandVms() {
        for (var i = 0; i < 1000; i++) {
            bench.vms.create(Bench.ROOT, NewVm.usual());
        }

        assertThat(root.get("/v1/vms").json().size()).isEqualTo(1000);
    }

    private static String names(JsonNode list) {
        var names = new java.util.ArrayList<String>();
        list.forEach(vm -> names.add(vm.path("name").asString()));
        return String.join(" ", names);
    }

    private static void pause(Duration time) {
        try {
            new java.util.concurrent.CountDownLatch(1)
                    .await(time.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
