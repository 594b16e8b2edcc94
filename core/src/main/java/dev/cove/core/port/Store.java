package dev.cove.core.port;

import dev.cove.core.CoveException;
import dev.cove.core.Printable;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// An ordered map from keys to documents, in the shape of etcd: every commit has a revision, writes
/// are all or nothing and may be guarded, and whoever watches sees every change in order.
///
/// - `commit` MUST be durable before it returns: what it acknowledged survives a `kill -9` and a
///   power cut.
/// - Reads MUST see every commit that returned before they began.
/// - A reader MUST see all of a commit or nothing of it.
/// - Keys are printable ASCII without spaces, at most 200 characters; documents are at most 1 MiB.
/// - On a full disk it MUST go on deleting and SHOULD go on replacing documents; new keys are what
///   it refuses first.
public interface Store extends AutoCloseable {
    int LONGEST_KEY = 200;
    int LARGEST_DOCUMENT = 1 << 20;

    Optional<Entry> get(String key);

    /// Everything under a prefix, in the order of the keys.
    List<Entry> range(String prefix);

    /// Of the newest commit that readers see; as long as it stays the same, so does what they read.
    long revision();

    /// Applies all writes, or none when a guard does not hold. No key is written twice in one
    /// commit. A commit that changes nothing (no writes, or deletes of what is not there) has no
    /// revision of its own: it answers with the newest one.
    ///
    /// @throws dev.cove.core.CoveException UNAVAILABLE when it cannot be made durable, for example
    ///   because the disk is full; nothing was written then
    Outcome commit(List<Guard> guards, List<Write> writes);

    /// Tells of every commit from now on, in order, on a thread of the store's; the listener is
    /// quick and does not call back into `commit`.
    Watch watch(String prefix, Consumer<Change> listener);

    /// Documents that could not be read when the store was opened, by key. They are kept aside, and
    /// their keys can be written again.
    List<Damaged> damaged();

    @Override
    void close();

    /// @param revision of the commit that wrote this
    record Entry(String key, String document, long revision) {}

    /// What has to be so for a commit to happen: the key's revision, 0 for "no such key".
    record Guard(String key, long revision) {
        public Guard {
            requireKey(key);
        }

        public static Guard absent(String key) {
            return new Guard(key, 0);
        }

        public static Guard unchanged(Entry entry) {
            return new Guard(entry.key(), entry.revision());
        }
    }

    /// One write of a commit.
    sealed interface Write {
        String key();

        record Put(String key, String document) implements Write {
            public Put {
                requireKey(key);
                requireDocument(key, document);
            }
        }

        record Delete(String key) implements Write {
            public Delete {
                requireKey(key);
            }
        }
    }

    /// How a commit ended.
    sealed interface Outcome {
        record Committed(long revision) implements Outcome {}

        /// @param key the first one whose guard did not hold
        record Refused(String key) implements Outcome {}
    }

    /// A change that happened.
    record Change(long revision, Write write) {}

    /// @param why what could not be read
    record Damaged(String key, String why) {}

    /// Ends when it is closed.
    interface Watch extends AutoCloseable {
        @Override
        void close();
    }

    private static void requireKey(String key) {
        if (!KeyForm.PATTERN.matcher(key).matches()) {
            throw CoveException.invalid(
                    "not a key of the store: \"" + Printable.of(key, LONGEST_KEY) + "\"");
        }
    }

    private static void requireDocument(String key, String document) {
        var encoder = StandardCharsets.UTF_8.newEncoder();
        if (!encoder.canEncode(document)) {
            throw CoveException.invalid("the document for " + key + " is no Unicode text");
        }
        var size = document.getBytes(StandardCharsets.UTF_8).length;
        if (size > LARGEST_DOCUMENT) {
            throw CoveException.invalid(
                    "the document for "
                            + key
                            + " has "
                            + size
                            + " bytes; "
                            + LARGEST_DOCUMENT
                            + " is the most");
        }
    }
}

/// What a key may be.
final class KeyForm {
    static final Pattern PATTERN = Pattern.compile("[!-~]{1," + Store.LONGEST_KEY + "}");

    private KeyForm() {}
}
