package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BoundsTest {
    @TempDir static Path folder;
    private static Bench bench;
    private static Http root;

    @BeforeAll
    static void start() {
        bench = new Bench(folder);
        root = bench.http(bench.root);
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    @Test
    void refusesABodyThatAnnouncesTooMuch() throws Exception {
        var answer =
                Raw.tcp(
                        bench.port(),
                        head("POST /v1/vms") + "Content-Length: 99999999999\r\n\r\n{");

        assertThat(Raw.status(answer)).isEqualTo(413);
        assertProblem(answer, "the body is larger than 1 MiB");
    }

    @Test
    void refusesABodyThatGoesOnTooLong() {
        var endless =
                BodyPublishers.ofByteArrays(() ->
                        IntStream.range(0, 300)
                                .mapToObj(_ ->
                                        " "
                                                .repeat(8192)
                                                .getBytes(java.nio.charset.StandardCharsets.UTF_8))
                                .iterator());

        var answer = root.send(root.request("/v1/vms").POST(endless));

        assertThat(answer.status()).isEqualTo(413);
    }

    @Test
    void takesABodyOfOneMebibyte() {
        var padded = "{\"name\":\"Bad\"" + " ".repeat((1 << 20) - 14) + "}";

        assertThat(root.post("/v1/vms", padded).text("detail")).contains("not a name");
    }

    @Test
    void refusesHeadersThatAreTooLarge() throws Exception {
        var answer =
                Raw.tcp(
                        bench.port(),
                        head("GET /v1/vms") + "X: " + "x".repeat(40_000) + "\r\n\r\n");

        assertThat(Raw.status(answer)).isEqualTo(431);
        assertProblem(answer, "the request's headers are too large");
    }

    @Test
    void refusesTooManyHeaders() throws Exception {
        var many =
                IntStream.range(0, 5000)
                        .mapToObj(i -> "X-" + i + ": y\r\n")
                        .collect(Collectors.joining());

        assertThat(Raw.status(Raw.tcp(bench.port(), head("GET /v1/vms") + many + "\r\n")))
                .isEqualTo(431);
    }

    @Test
    void refusesAnEndlessPath() throws Exception {
        var answer = Raw.tcp(bench.port(), head("GET /v1/vms/" + "a".repeat(40_000)) + "\r\n");

        assertThat(Raw.status(answer)).isIn(414, 431);
        assertProblem(answer, "too");
    }

    @Test
    void boundsNamesInPathsAndMessages() {
        var answer = root.get("/v1/vms/" + "a".repeat(4000));

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.body().length()).isLessThan(500);
    }

    @Test
    void putsNoControlCharactersIntoMessages() {
        var answer = root.get("/v1/vms/a%1b%5b31m%0d%0aSet-Cookie:%20x");

        assertThat(answer.status()).isIn(400, 404);
        assertThat(answer.whole().headers().firstValue("Set-Cookie")).isEmpty();
        assertThat(answer.body()).doesNotContain("\\u001b", "\\r", "\\n");
    }

    @Test
    void refusesWhatIsNoHttp() throws Exception {
        var answer = Raw.tcp(bench.port(), "\0\0\0\0 nonsense\r\n\r\n");

        assertThat(Raw.status(answer)).isEqualTo(400);
    }

    @Test
    void refusesSmuggledLengths() throws Exception {
        var answer =
                Raw.tcp(
                        bench.port(),
                        head("POST /v1/vms")
                                + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
                                + "0\r\n\r\nGET /v1/vms HTTP/1.1\r\n\r\n");

        assertThat(Raw.status(answer)).isEqualTo(400);
    }

    @Test
    void saysWhichPathsAndMethodsThereAre() {
        var unknown = root.get("/v1/vmz");
        assertThat(unknown.status()).isEqualTo(404);
        assertThat(unknown.text("detail")).contains("/v1/vmz");
        var wrong = root.delete("/v1/vms");
        assertThat(wrong.status()).isEqualTo(405);
        assertThat(wrong.text("detail")).contains("GET", "POST");
        assertThat(wrong.whole().headers().firstValue("Allow").orElse("")).contains("POST");
        assertThat(root.get("/v1/vms/web/exec").status()).isEqualTo(426);
    }

    @Test
    void refusesASocketForAPathThatHasNone() throws Exception {
        var answer =
                Raw.tcp(
                        bench.port(),
                        Raw.upgrade(
                                "/v1/vms",
                                "Host: localhost",
                                "Authorization: Bearer " + bench.root));

        assertThat(Raw.status(answer)).isEqualTo(404);
        assertProblem(answer, "WebSocket");
    }

    private static void assertProblem(String answer, String says) {
        assertThat(answer).contains("Content-Type: application/problem+json", says);
    }

    /// A request up to its last header.
    private static String head(String line) {
        var whole = Raw.request(line, "Host: localhost", "Authorization: Bearer " + bench.root);
        return whole.substring(0, whole.length() - 2);
    }
}
