package dev.cove.api;

import dev.cove.core.CoveException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Set;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows the two files of a certificate, which ACME clients write anew every few weeks: new
/// connections get the new one, those that are there go on. What cannot be used is reported once,
/// and the certificate of before stays.
final class Renewal implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Renewal.class);

    private final Listen.Tls files;
    private final SslContextFactory.Server factory;
    private final Thread thread;
    private volatile Set<String> names;
    private Stamp tried;
    private Stamp seen;

    /// @param every how often to look
    /// @throws CoveException INVALID when the files cannot be used
    Renewal(Listen.Tls files, Duration every) {
        this.files = files;
        tried = Stamp.of(files);
        seen = tried;
        var tls = Tls.read(files);
        factory = tls.factory();
        names = tls.names();
        thread = Thread.ofVirtual().name("certificate").unstarted(() -> run(every));
    }

    void start() {
        thread.start();
    }

    SslContextFactory.Server factory() {
        return factory;
    }

    /// The host names of the certificate in use.
    Set<String> names() {
        return names;
    }

    @Override
    public void close() {
        thread.interrupt();
    }

    private void run(Duration every) {
        try {
            while (true) {
                Thread.sleep(every);
                look();
            }
        } catch (InterruptedException e) {
            LOG.debug("no longer looking at {}", files.certificate());
        }
    }

    /// A change counts when it is over: both files are as they were at the look before.
    private void look() {
        var now = Stamp.of(files);
        var rests = now.equals(seen);
        seen = now;
        if (rests && !now.equals(tried)) {
            tried = now;
            renew();
        }
    }

    private void renew() {
        try {
            var tls = Tls.read(files);
            requireUsable(tls);
            factory.reload(f -> f.setKeyStore(tls.store()));
            names = tls.names();
            LOG.info("the certificate in {} is new, good until {}", files.certificate(), tls.end());
        } catch (CoveException e) {
            LOG.warn("{}; the certificate of before stays in use", e.sentence());
        } catch (Exception e) {
            LOG.warn(
                    "the certificate in {} cannot be used; that of before stays",
                    files.certificate(),
                    e);
        }
    }

    /// Tried on a factory of its own, since one that fails in the middle of a reload has none left.
    private static void requireUsable(Tls tls) throws Exception {
        var trial = tls.factory();
        trial.start();
        trial.stop();
    }

    /// How two files look from the outside; different when one of them has been written, or
    /// replaced by another one, links on the way included.
    private record Stamp(String certificate, String key) {
        static Stamp of(Listen.Tls files) {
            return new Stamp(of(files.certificate()), of(files.key()));
        }

        private static String of(Path file) {
            try {
                var attributes = Files.readAttributes(file, BasicFileAttributes.class);
                return attributes.fileKey()
                        + " "
                        + attributes.size()
                        + " "
                        + attributes.lastModifiedTime();
            } catch (IOException e) {
                return "absent";
            }
        }
    }
}
