package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.cove.core.Role;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TemplateRoutesTest extends WithApi {
    private Thread tending;

    @BeforeEach
    void start() {
        tending = Thread.ofVirtual().start(this::tend);
    }

    private void tend() {
        try {
            bench.control.templates().run(e -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() {
        tending.interrupt();
    }

    @Test
    void makesATemplateThatTheNextVmIsForkedOf() {
        var made = root.post("/v1/templates", "{\"image\":\"debian\",\"memory\":\"256M\"}");

        assertThat(made.status()).isEqualTo(201);
        assertThat(made.text("image")).isEqualTo("debian");
        assertThat(made.json().path("memory").asLong()).isEqualTo(256L << 20);
        var fork = root.post("/v1/vms?wait=10s", "{\"name\":\"web\",\"memory\":\"256M\"}");
        assertThat(fork.text("origin")).isEqualTo("template");
        var cold =
                root.post("/v1/vms?wait=10s", "{\"name\":\"a\",\"memory\":\"256M\",\"cold\":true}");
        assertThat(cold.text("origin")).isEqualTo("cold");
        var listed = root.get("/v1/templates").json();
        assertThat(listed.size()).isEqualTo(1);
        assertThat(listed.get(0).path("uses").asInt()).isEqualTo(1);
        assertThat(listed.get(0).path("fits").asBoolean()).isTrue();
    }

    @Test
    void makesNoSecondOneOfTheSame() {
        var first = root.post("/v1/templates", "{}");

        assertThat(root.post("/v1/templates", "{}").text("id")).isEqualTo(first.text("id"));
    }

    @Test
    void removesTemplates() {
        var id = root.post("/v1/templates", "{}").text("id");

        assertThat(root.delete("/v1/templates/" + id).status()).isEqualTo(204);
        assertThat(root.delete("/v1/templates/" + id).status()).isEqualTo(404);
        assertThat(root.delete("/v1/templates/debian").status()).isEqualTo(404);
        assertThat(root.get("/v1/templates").json().size()).isZero();
    }

    @Test
    void leavesThemToAdministrators() {
        assertThat(alice.get("/v1/templates").status()).isEqualTo(403);
        assertThat(alice.post("/v1/templates", "{}").status()).isEqualTo(403);
        assertThat(alice.delete("/v1/templates/sn-abcd2345").status()).isEqualTo(403);
    }

    @Test
    void showsNobodyTheVmThatItIsMadeBy() {
        var seen = new java.util.concurrent.CopyOnWriteArrayList<dev.cove.core.Event>();
        var hers = new dev.cove.core.Caller(new dev.cove.core.Owner("root"), false);
        try (var _ = bench.events.subscribe(hers, java.util.OptionalLong.empty(), seen::add)) {
            root.post("/v1/templates", "{}");
        }

        assertThat(seen).isEmpty();
        assertThat(root.get("/v1/vms").json().size()).isZero();
        await().untilAsserted(() ->
                assertThat(bench.control.book().all())
                        .noneMatch(vm -> vm.spec().role() == Role.TEMPLATE));
    }

    @Test
    void bootsWhatATemplateDoesNotWorkForAndSaysSo() {
        root.post("/v1/templates", "{}");
        bench.world.trouble((act, done) -> {
            if (act.equals("Vmm.resume") && !done) {
                throw dev.cove.core.CoveException.unavailable("its memory is damaged");
            }
        });

        var booted = root.post("/v1/vms?wait=10s", "{\"name\":\"web\"}");

        assertThat(booted.text("state")).isEqualTo("running");
        assertThat(booted.text("origin")).isEqualTo("cold");
        assertThat(booted.text("reason"))
                .isEqualTo(
                        "its template did not work, so it was booted: resuming the machine failed: its"
                                + " memory is damaged");
    }
}
