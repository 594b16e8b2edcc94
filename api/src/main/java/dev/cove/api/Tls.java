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
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/// A certificate chain and its key, as two PEM files hold them.
///
/// @param chain the server's own certificate first
record Tls(List<X509Certificate> chain, PrivateKey key) {
    private static final Pattern KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END");
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "Ed25519");
    private static final int DNS_NAME = 2;

    Tls {
        chain = List.copyOf(chain);
    }

    /// @throws CoveException INVALID when a file is not what it has to be, or the two do not belong
    ///   together
    static Tls read(Listen.Tls files) {
        var tls = new Tls(chain(files.certificate()), key(files.key()));
        if (!tls.isOnePair()) {
            throw CoveException.invalid(
                    "the key in "
                            + files.key()
                            + " is not the one of the first certificate in "
                            + files.certificate());
        }
        return tls;
    }

    private X509Certificate own() {
        return chain.getFirst();
    }

    /// Until when it is good.
    Instant end() {
        return own().getNotAfter().toInstant();
    }

    /// The host names that the certificate is for, in lower case; `*.example.org` among them.
    Set<String> names() {
        try {
            var names = own().getSubjectAlternativeNames();
            return names == null
                    ? Set.of()
                    : names.stream()
                            .filter(name -> name.getFirst().equals(DNS_NAME))
                            .map(name -> String.valueOf(name.get(1)).toLowerCase(Locale.ROOT))
                            .collect(Collectors.toUnmodifiableSet());
        } catch (CertificateParsingException e) {
            return Set.of();
        }
    }

    /// What the key signs has to be what the certificate verifies.
    private boolean isOnePair() {
        var algorithm =
                switch (key.getAlgorithm()) {
                    case "RSA" -> "SHA256withRSA";
                    case "EC" -> "SHA256withECDSA";
                    default -> "Ed25519";
                };
        try {
            var signature = Signature.getInstance(algorithm);
            var said = "Cove".getBytes(StandardCharsets.US_ASCII);
            signature.initSign(key);
            signature.update(said);
            var signed = signature.sign();
            signature.initVerify(own().getPublicKey());
            signature.update(said);
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // not even of one kind
        }
    }

    KeyStore store() {
        try {
            var store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("api", key, new char[0], chain.toArray(Certificate[]::new));
            return store;
        } catch (GeneralSecurityException | IOException e) {
            throw new CoveException(
                    CoveException.Kind.INVALID,
                    "the certificate and the key cannot be used: " + e.getMessage(),
                    e);
        }
    }

    SslContextFactory.Server factory() {
        var factory = new SslContextFactory.Server();
        factory.setKeyStore(store());
        factory.setKeyStorePassword("");
        factory.setIncludeProtocols("TLSv1.3", "TLSv1.2");
        // A name that the certificate lacks is the client's to notice; `Host` is checked apart.
        factory.setSniRequired(false);
        return factory;
    }

    private static List<X509Certificate> chain(Path file) {
        try {
            var chain =
                    CertificateFactory.getInstance("X.509")
                            .generateCertificates(
                                    new ByteArrayInputStream(
                                            read(file).getBytes(StandardCharsets.UTF_8)));
            if (!chain.isEmpty()) {
                return chain.stream().map(X509Certificate.class::cast).toList();
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
