package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
    @TempDir static Path folder;
    private static Bench bench;

    @BeforeAll
    static void start() {
        bench = new Bench(folder);
    }

    @AfterAll
    static void stop() {
        bench.close();
    }

    @Test
    void refusesEveryForeignHostAndOriginOnEveryRoute() throws Exception {
        var routes = new ArrayList<>(bench.server.routes());
        routes.add(new Routes.Route("GET", "/nowhere"));
        for (var route : routes) {
            for (var headers : foreign()) {
                var path = route.path().replaceAll("\\{[a-z]+}", "1");
                var answer =
                        Raw.tcp(
                                bench.port(),
                                Raw.request(route.method() + " " + path, rootsToken(), headers));
                assertThat(Raw.status(answer)).as("%s with %s", route, headers).isIn(400, 403);
            }
        }
        assertThat(bench.vms.list(Bench.ROOT)).isEmpty();
    }

    @Test
    void refusesForeignWebSockets() throws Exception {
        for (var headers : foreign()) {
            var answer =
                    Raw.tcp(bench.port(), Raw.upgrade("/v1/vms/web/exec", rootsToken(), headers));
            assertThat(Raw.status(answer)).as(headers).isIn(400, 403);
        }
    }

    /// Forty ways to come from somewhere else.
    private static List<String> foreign() {
        var all = new ArrayList<String>();
        for (var host :
                List.of(
                        "evil.example",
                        "evil.example:7777",
                        "localhost.evil.example",
                        "localhost.",
                        "127.0.0.1.evil.example",
                        "127.0.0.1.nip.io",
                        "127.1",
                        "2130706433",
                        "0x7f000001",
                        "0177.0.0.1",
                        "10.0.0.1",
                        "169.254.169.254",
                        "0.0.0.0",
                        "[::]",
                        "[fe80::1]",
                        "[::ffff:10.0.0.1]",
                        "user@localhost",
                        "localhost:7777@evil.example",
                        "localhost evil.example",
                        "localhost,evil.example",
                        "localhost:",
                        "localhost:x",
                        "localhost:123456",
                        "",
                        "*",
                        "xn--lcalhost-1za",
                        "cove.example.evil.example")) {
            all.add("Host: " + host);
        }
        for (var origin :
                List.of(
                        "http://evil.example",
                        "https://evil.example",
                        "null",
                        "",
                        "file://",
                        "http://localhost.evil.example",
                        "http://localhost:3000",
                        "http://127.0.0.1",
                        "chrome-extension://abcdef",
                        "localhost:7777")) {
            all.add("Host: localhost:7777\r\nOrigin: " + origin);
        }
        all.add("Host: localhost:7777\r\nSec-Fetch-Site: cross-site");
        all.add("Host: localhost:7777\r\nSec-Fetch-Site: same-site");
        all.add("Host: localhost:7777\r\nHost: evil.example");
        all.add("X-Forwarded-Host: localhost");
        all.add("Host: localhost:7777\r\nOrigin: http://localhost:7777\r\nOrigin: http://x");
        return all;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Host: localhost",
                "Host: LOCALHOST:7777",
                "Host: 127.0.0.1:80",
                "Host: 127.9.9.9",
                "Host: [::1]:7777",
                "Host: cove.example",
                "Host: localhost:7777\r\nOrigin: http://localhost:7777",
                "Host: localhost:7777\r\nSec-Fetch-Site: none",
                "Host: localhost:7777\r\nSec-Fetch-Site: same-origin",
            })
    void takesItsOwnHostAndOrigin(String headers) throws Exception {
        var answer = Raw.tcp(bench.port(), Raw.request("GET /healthz", headers));

        assertThat(Raw.status(answer)).isEqualTo(200);
        assertThat(answer.toLowerCase(java.util.Locale.ROOT)).doesNotContain("access-control");
    }

    @Test
    void takesNoAbsoluteRequestForAnotherHost() throws Exception {
        var answer =
                Raw.tcp(
                        bench.port(),
                        Raw.request("GET http://evil.example/healthz", "Host: localhost"));

        assertThat(Raw.status(answer)).isIn(400, 403);
    }

    @Test
    void wantsATokenForEveryRouteOnTcpButTheFreeOnes() throws Exception {
        for (var route : bench.server.routes()) {
            var path = route.path().replaceAll("\\{[a-z]+}", "1");
            var answer =
                    Raw.tcp(
                            bench.port(),
                            Raw.request(route.method() + " " + path, "Host: localhost"));
            var free = List.of("/healthz", "/openapi.yaml").contains(path);
            assertThat(Raw.status(answer)).as(path).isEqualTo(free ? 200 : 401);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/healthz/../v1/vms",
                "/healthz/..%2fv1/vms",
                "/healthz%2f..%2fv1/vms",
                "/openapi.yaml;/../v1/vms",
                "//v1/vms",
                "/v1//vms",
                "/./v1/vms",
                "/%76%31/vms",
                "/healthz;x/../../v1/vms",
                "/v1/vms/.",
                "/healthz/%2e%2e/v1/vms",
            })
    void isNotFooledByCrookedPaths(String path) throws Exception {
        var answer = Raw.tcp(bench.port(), Raw.request("GET " + path, "Host: localhost"));

        assertThat(Raw.status(answer)).as(answer).isIn(400, 401, 404);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Bearer",
                "Bearer ",
                "Bearer cove_wrong",
                "Basic cm9vdDpyb290",
                "bearer\tx",
                "cove_wrong",
            })
    void refusesWhatIsNoTokenOfIts(String authorization) throws Exception {
        for (var where : List.of("tcp", "unix")) {
            var request =
                    Raw.request(
                            "GET /v1/vms", "Host: localhost", "Authorization: " + authorization);
            var answer =
                    where.equals("tcp")
                            ? Raw.tcp(bench.port(), request)
                            : Raw.unix(bench.socket, request);
            assertThat(Raw.status(answer)).as(where).isEqualTo(401);
            assertThat(answer)
                    .contains("WWW-Authenticate: Bearer", "application/problem+json")
                    .doesNotContain("cove_wrong");
        }
    }

    @Test
    void takesATokenBackAtOnce() {
        var root = bench.http(bench.root);
        var made = root.post("/v1/tokens", "{\"name\":\"brief\",\"owner\":\"bob\"}");
        var bob = bench.http(made.text("secret"));

        assertThat(bob.get("/v1/vms").status()).isEqualTo(200);
        assertThat(root.delete("/v1/tokens/brief").status()).isEqualTo(204);
        assertThat(bob.get("/v1/vms").status()).isEqualTo(401);
    }

    @Test
    void knowsCallersOnTheSocketWithoutAToken() throws Exception {
        var answer = Raw.unix(bench.socket, Raw.request("GET /v1/tokens", "Host: localhost"));

        assertThat(Raw.status(answer)).isEqualTo(200);
    }

    @Test
    void letsATokenDecideOnTheSocket() throws Exception {
        var answer =
                Raw.unix(
                        bench.socket,
                        Raw.request(
                                "GET /v1/tokens",
                                "Host: localhost",
                                "Authorization: Bearer " + bench.alice));

        assertThat(Raw.status(answer)).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(strings = {"OPTIONS", "TRACE", "HEAD", "CONNECT", "PROPFIND", "get"})
    void refusesMethodsThatNoRouteHas(String method) throws Exception {
        var answer =
                Raw.tcp(
                        bench.port(),
                        Raw.request(method + " /v1/vms", "Host: localhost", rootsToken()));

        assertThat(Raw.status(answer)).isIn(400, 405);
    }

    @Test
    void answersAProbesHead() throws Exception {
        var answer = Raw.tcp(bench.port(), Raw.request("HEAD /healthz", "Host: localhost"));

        assertThat(Raw.status(answer)).isEqualTo(200);
    }

    private static String rootsToken() {
        return "Authorization: Bearer " + bench.root;
    }
}
