package dev.cove.api;

import dev.cove.core.CoveException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/// TLS from a certificate and a key in PEM files.
final class Tls {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");

    private Tls() {}

    /// @throws CoveException INVALID when a file is not what it has to be
    static SslContextFactory.Server factory(Listen.Tls files) {
        var chain = chain(files.certificate());
        var key = key(files.key());
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("api", key, new char[0], chain);
            var factory = new SslContextFactory.Server();
            factory.setKeyStore(store);
            factory.setKeyStorePassword("");
            factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
            // A name that the certificate lacks is the client's to notice; `Host` is checked apart.
            factory.setSniRequired(false);
            return factory;
        } catch (GeneralSecurityException | IOException e) {
            throw new CoveException(
                    CoveException.Kind.INVALID,
                    "the certificate "
                            + files.certificate()
                            + " and key do not fit: "
                            + e.getMessage(),
                    e);
        }
    }

    private static Certificate[] chain(Path file) {
        try {
            var chain =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(
                                            read(file).getBytes(StandardCharsets.UTF_8)));
            if (!chain.isEmpty()) {
                return chain.toArray(Certificate[]::new);
            }
        } catch (GeneralSecurityException e) {
            throw notA("certificate in PEM", file, "" + e.getMessage());
        }
        throw notA("certificate in PEM", file, "it is empty");
    }

    private static PrivateKey key(Path file) {
        var form = KEY.matcher(read(file));
        if (!form.find()) {
            throw notA(
                    "unencrypted PKCS #8 key in PEM",
                    file,
                    "convert it with: openssl pkcs8 -topk8 -nocrypt -in " + file);
        }
        var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(form.group(1)));
        return ALGORITHMS.stream()
                .flatMap(algorithm -> key(algorithm, spec).stream())
                .findFirst()
                .orElseThrow(() -> notA("key", file, "its algorithm is none of " + ALGORITHMS));
    }

    /// The key says inside which algorithm it is of, so that only the right one reads it.
    private static Optional<PrivateKey> key(String algorithm, PKCS8EncodedKeySpec spec) {
        try {
            return Optional.of(KeyFactory.getInstance(algorithm).generatePrivate(spec));
        } catch (GeneralSecurityException e) {
            return Optional.empty();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new CoveException(
                    CoveException.Kind.INVALID, "cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    private static CoveException notA(String what, Path file, String why) {
        return CoveException.invalid("not a " + what + ": " + file + "; " + why);
    }
}
