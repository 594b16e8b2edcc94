package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cove.core.CoveException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiServerTest {
    @TempDir Path folder;
    private Bench bench;

    @BeforeEach
    void start() {
        bench = new Bench(folder);
    }

    @AfterEach
    void stop() {
        bench.close();
    }

    @Test
    void servesExactlyTheRoutesOfItsDocument() {
        var routes =
                bench.server.routes().stream()
                        .map(r -> r.method() + " " + r.path())
                        .collect(Collectors.toSet());

        assertThat(routes).isEqualTo(OpenApi.DOCUMENT.operations());
        assertThat(bench.server.routes()).doesNotHaveDuplicates();
    }

    @Test
    void answersOnTcp() {
        assertThat(bench.http("").get("/healthz").body()).isEqualTo("ok\n");
        assertThat(bench.http(bench.root).get("/v1/version").text("version")).isEqualTo("1.2.3");
        assertThat(bench.http("").get("/openapi.yaml").body()).startsWith("openapi: 3.1.0");
    }

    @Test
    void letsOnlyOwnerAndGroupUseTheSocket() throws Exception {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(bench.socket)))
                .isEqualTo("rw-rw----");
    }

    @Test
    void leavesNothingOfTheSocketBehind() throws Exception {
        bench.close();

        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void refusesASocketOnWhichAnotherDaemonAnswers() {
        assertThatThrownBy(() -> new Bench(folder))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("another daemon answers on " + bench.socket);
        assertThat(bench.http("").get("/healthz").status()).isEqualTo(200);
    }
}
