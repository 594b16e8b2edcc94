package dev.cove.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.cove.core.CoveException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A daemon whose certificate no authority of the machine has signed. It is for `localhost`.
@Timeout(60)
class TlsTest {
    private static final char[] PASSWORD = "secret".toCharArray();

    @TempDir Path folder;
    private HttpsServer server;
    private Path certificate;

    @BeforeEach
    void start() throws Exception {
        var keys = keys();
        certificate = folder.resolve("ca.pem");
        Files.writeString(
                certificate,
                "-----BEGIN CERTIFICATE-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(keys.getCertificate("it").getEncoded())
                        + "\n-----END CERTIFICATE-----\n");
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context(keys)));
        server.createContext(
                "/v1/version",
                exchange -> {
                    var body = "{\"version\":\"1\"}".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void trustsTheAuthorityThatTheEnvironmentNames() {
        var version = client("localhost", certificate).version();

        assertThat(version.at("version").text("")).isEqualTo("1");
    }

    @Test
    void trustsNobodyElseAndSaysHow() {
        var client = CoveClient.of(Map.of("COVE_HOST", host("localhost")), folder);

        assertThatThrownBy(client::version)
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("set COVE_CACERT");
    }

    @Test
    void wantsTheCertificateToBeForTheHost() {
        assertThatThrownBy(() -> client("127.0.0.1", certificate).version())
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("is its certificate for that name");
    }

    @Test
    void saysThatAFileHasNoCertificates() throws IOException {
        var empty = Files.writeString(folder.resolve("empty.pem"), "");
        var rubbish =
                Files.writeString(
                        folder.resolve("rubbish.pem"), "-----BEGIN CERTIFICATE-----\nx\n");
        for (var file : new Path[] {empty, rubbish, folder.resolve("absent.pem")}) {
            assertThatThrownBy(() -> client("localhost", file).version())
                    .isInstanceOfSatisfying(
                            CoveException.class,
                            e -> assertThat(e.kind()).isEqualTo(CoveException.Kind.INVALID))
                    .hasMessageContaining("COVE_CACERT")
                    .hasMessageContaining(file.toString());
        }
    }

    private CoveClient client(String host, Path authorities) {
        var environment = Map.of("COVE_HOST", host(host), "COVE_CACERT", authorities.toString());
        return CoveClient.of(environment, folder);
    }

    private String host(String name) {
        return "https://" + name + ":" + server.getAddress().getPort();
    }

    private static SSLContext context(KeyStore keys) throws Exception {
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(keys, PASSWORD);
        var context = SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        return context;
    }

    /// Made by the JDK's keytool.
    private KeyStore keys() throws Exception {
        var store = folder.resolve("store.p12");
        var keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keyalg",
                                "EC",
                                "-alias",
                                "it",
                                "-dname",
                                "CN=localhost",
                                "-ext",
                                "san=dns:localhost",
                                "-storepass",
                                "secret",
                                "-keystore",
                                store.toString())
                        .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return KeyStore.getInstance(store.toFile(), PASSWORD);
    }
}
