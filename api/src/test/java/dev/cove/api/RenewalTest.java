package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.cove.core.CoveException;
import dev.cove.testkit.FakeImages;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Optional;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Certificates that are replaced while the server runs. It looks every 100 ms here.
@Timeout(60)
class RenewalTest {
    @TempDir Path folder;

    @Test
    void showsANewCertificateToNewConnectionsAndKeepsTheOldOnesOpen() throws Exception {
        var certificates = Certificates.in(folder);
        certificates.write("one.example");
        try (var bench = bench(certificates.files());
                var before = connect(bench)) {
            assertThat(ask(before, "one.example")).contains("200 OK");

            certificates.write("two.example", "RSA");

            await().untilAsserted(() -> assertThat(shown(bench)).isEqualTo("CN=two.example"));
            assertThat(ask(before, "two.example")).as("an old connection").contains("200 OK");
        }
    }

    @Test
    void isAddressedByTheNamesOfItsCertificate() throws Exception {
        var certificates = Certificates.in(folder);
        certificates.write("*.cove.example");
        try (var bench = bench(certificates.files());
                var connection = connect(bench)) {
            assertThat(ask(connection, "A.cove.example")).contains("200 OK");
            assertThat(ask(connection, "b.a.cove.example")).contains("403 ");
            assertThat(ask(connection, "cove.example")).as("configured").contains("200 OK");
            assertThat(ask(connection, "evil.example")).contains("403 ");
        }
    }

    @Test
    void keepsItsCertificateWhenTheNewOneIsBroken() throws Exception {
        var certificates = Certificates.in(folder);
        var files = certificates.write("one.example");
        try (var bench = bench(files)) {
            Certificates.replace(files.certificate(), "-----BEGIN CERTIFICATE-----\nrubbish\n");
            assertThat(staysFor(bench, "CN=one.example")).isTrue();
            Files.delete(files.certificate());
            assertThat(staysFor(bench, "CN=one.example")).isTrue();

            certificates.write("two.example");

            await().untilAsserted(() -> assertThat(shown(bench)).isEqualTo("CN=two.example"));
        }
    }

    @Test
    void keepsItsCertificateUntilTheKeyOfTheNewOneIsThere() throws Exception {
        var certificates = Certificates.in(folder);
        var files = certificates.write("one.example");
        var oldKey = Files.readString(files.key());
        try (var bench = bench(files)) {
            certificates.write("two.example");
            var newKey = Files.readString(files.key());
            Certificates.replace(files.key(), oldKey);
            assertThat(staysFor(bench, "CN=one.example")).isTrue();

            Certificates.replace(files.key(), newKey);

            await().untilAsserted(() -> assertThat(shown(bench)).isEqualTo("CN=two.example"));
        }
    }

    @Test
    void doesNotStartWithAKeyThatIsAnotherCertificates() throws Exception {
        var certificates = Certificates.in(folder);
        var files = certificates.write("one.example");
        var oldKey = Files.readString(files.key());
        certificates.write("two.example");
        Certificates.replace(files.key(), oldKey);

        assertThatThrownBy(() -> bench(files))
                .isInstanceOf(CoveException.class)
                .hasMessageContaining("is not the one of the first certificate");
    }

    private Bench bench(Listen.Tls files) {
        return new Bench(
                folder,
                l ->
                        new Listen(
                                l.unix(),
                                Optional.of(new Listen.Tcp("127.0.0.1", 0, Optional.of(files))),
                                l.names()),
                UnaryOperator.identity(),
                new FakeImages());
    }

    /// Whether it is still that one after several looks.
    private static boolean staysFor(Bench bench, String subject) {
        await().during(Duration.ofMillis(600))
                .atMost(Duration.ofSeconds(10))
                .until(() -> shown(bench).equals(subject));
        return true;
    }

    /// The certificate that a new connection gets to see.
    private static String shown(Bench bench) throws Exception {
        try (var socket = connect(bench)) {
            var shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            return shown.getSubjectX500Principal().getName();
        }
    }

    private static SSLSocket connect(Bench bench) throws Exception {
        var context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Everybody()}, null);
        var socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", bench.port());
        socket.startHandshake();
        return socket;
    }

    private static String ask(SSLSocket socket, String host) throws IOException {
        var request = "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        var answer = new byte[4096];
        var length = socket.getInputStream().read(answer);
        return new String(answer, 0, length, StandardCharsets.US_ASCII);
    }

    /// Who the server is, these tests ask for themselves.
    private static final class Everybody implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
