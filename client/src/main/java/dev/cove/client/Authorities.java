package dev.cove.client;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/// On whose word a server's certificate is accepted: that of the authorities that Java knows, or
/// that of those in a PEM file, and of nobody else.
final class Authorities {
    private Authorities() {}

    /// @throws CoveException INVALID when the file has no certificates
    static SSLSocketFactory sockets(Optional<Path> file) {
        return file.isEmpty()
                ? (SSLSocketFactory) SSLSocketFactory.getDefault()
                : trusting(file.get());
    }

    private static SSLSocketFactory trusting(Path file) {
        try {
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(certificates(file));
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (IOException | GeneralSecurityException e) {
            throw new CoveException(
                    CoveException.Kind.INVALID,
                    "COVE_CACERT has to name a PEM file of certificates, and "
                            + file
                            + " cannot be used: "
                            + e.getMessage(),
                    e);
        }
    }

    private static KeyStore certificates(Path file) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var in = Files.newInputStream(file)) {
            for (var each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("authority " + store.size(), each);
            }
        }
        if (store.size() == 0) {
            throw new IOException("it is empty");
        }
        return store;
    }
}
