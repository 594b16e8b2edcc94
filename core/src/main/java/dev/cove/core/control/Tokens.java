package dev.cove.core.control;

import dev.cove.core.Caller;
import dev.cove.core.CoveException;
import dev.cove.core.Name;
import dev.cove.core.Owner;
import dev.cove.core.Token;
import dev.cove.core.port.Codec;
import dev.cove.core.port.Store;
import dev.cove.core.port.Store.Guard;
import dev.cove.core.port.Store.Outcome;
import dev.cove.core.port.Store.Write;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/// Who may call from afar. A secret is 256 random bits, shown once and kept as a hash; so much
/// chance needs no slow hash and no salt.
public final class Tokens {
    private static final String PREFIX = "token/";
    private static final String BY_HASH = "token-hash/";
    private static final String MARK = "cove_";

    private final Store store;
    private final Codec codec;
    private final SecureRandom random;
    private final Time time;

    public Tokens(Store store, Codec codec, SecureRandom random, Time time) {
        this.store = store;
        this.codec = codec;
        this.random = random;
        this.time = time;
    }

    /// @param secret what the caller has to show; nobody can read it again
    public record Issued(Token token, String secret) {
        @Override
        public String toString() {
            return "Issued[" + token + "]";
        }
    }

    /// @throws CoveException DENIED unless an administrator asks, CONFLICT when the name is taken
    public Issued create(Caller caller, Name name, Owner owner, boolean administrator) {
        requireAdministrator(caller);
        var bits = new byte[32];
        random.nextBytes(bits);
        var secret = MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(bits);
        var token = new Token(name, owner, administrator, time.now());
        var outcome =
                store.commit(
                        List.of(Guard.absent(PREFIX + name)),
                        List.of(
                                new Write.Put(
                                        PREFIX + name, codec.write(new Kept(token, hash(secret)))),
                                new Write.Put(BY_HASH + hash(secret), name.text())));
        if (outcome instanceof Outcome.Refused) {
            throw CoveException.conflict(
                    "a token called \""
                            + name
                            + "\" is here already; remove it with: cove token rm "
                            + name);
        }
        return new Issued(token, secret);
    }

    public List<Token> list(Caller caller) {
        requireAdministrator(caller);
        return store.range(PREFIX).stream()
                .map(e -> codec.read(e.document(), Kept.class).token())
                .toList();
    }

    /// @throws CoveException NOT_FOUND when there is none of that name
    public void remove(Caller caller, Name name) {
        requireAdministrator(caller);
        var entry =
                store.get(PREFIX + name)
                        .orElseThrow(() ->
                                CoveException.notFound(
                                        "there is no token \"" + name + "\"; see: cove token ls"));
        var kept = codec.read(entry.document(), Kept.class);
        store.commit(
                List.of(),
                List.of(new Write.Delete(PREFIX + name), new Write.Delete(BY_HASH + kept.hash())));
    }

    /// Who shows this secret, if anybody may. Looking a hash up leaks nothing of it that helps.
    public Optional<Caller> verify(String secret) {
        return store.get(BY_HASH + hash(secret))
                .flatMap(e -> store.get(PREFIX + e.document()))
                .map(e -> codec.read(e.document(), Kept.class).token())
                .map(t -> new Caller(t.owner(), t.administrator()));
    }

    private static void requireAdministrator(Caller caller) {
        if (!caller.administrator()) {
            throw CoveException.denied(
                    "tokens are an administrator's business; ask one, or use root");
        }
    }

    private static String hash(String secret) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw CoveException.internal("this Java has no SHA-256", e);
        }
    }

    /// What the store keeps of a token.
    public record Kept(Token token, String hash) {}
}
