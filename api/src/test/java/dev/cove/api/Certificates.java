package dev.cove.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// Certificates of the tests' own, made by the JDK's keytool, in two PEM files.
final class Certificates {
    private final Path folder;
    private int made;

    private Certificates(Path folder) {
        this.folder = folder;
    }

    static Certificates in(Path folder) {
        return new Certificates(folder);
    }

    /// Writes a new key and a certificate that it has signed itself, over those of before.
    ///
    /// @param name a host's
    Listen.Tls write(String name) throws Exception {
        return write(name, "EC");
    }

    Listen.Tls write(String name, String algorithm) throws Exception {
        var store = folder.resolve("store" + made++ + ".p12");
        var keytool =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        .toString(),
                                "-genkeypair",
                                "-keyalg",
                                algorithm,
                                "-alias",
                                "it",
                                "-dname",
                                "CN=" + name,
                                "-ext",
                                "san=dns:" + name,
                                "-storepass",
                                "secret",
                                "-keystore",
                                store.toString())
                        .inheritIO()
                        .start();
        assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
        var keys = KeyStore.getInstance(store.toFile(), "secret".toCharArray());
        var files = files();
        replace(files.certificate(), pem("CERTIFICATE", keys.getCertificate("it").getEncoded()));
        var key = keys.getKey("it", "secret".toCharArray()).getEncoded();
        replace(files.key(), pem("PRIVATE KEY", key));
        return files;
    }

    Listen.Tls files() {
        return new Listen.Tls(folder.resolve("cert.pem"), folder.resolve("key.pem"));
    }

    /// As ACME clients do: nobody sees half a file.
    static void replace(Path file, String content) throws IOException {
        var beside = Files.writeString(file.resolveSibling("beside"), content);
        Files.move(
                beside,
                file,
                java.nio.file.StandardCopyOption.ATOMIC_MOVE,
                java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    }

    static SSLContext trusting(Path certificate) throws Exception {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = Files.newInputStream(certificate)) {
            store.setCertificateEntry(
                    "it", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static String pem(String what, byte[] content) {
        return "-----BEGIN "
                + what
                + "-----\n"
                + Base64.getMimeEncoder().encodeToString(content)
                + "\n-----END "
                + what
                + "-----\n";
    }
}
