package dev.cove.doors;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Signature;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientUserAuthService;
import org.apache.sshd.common.Service;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.auth.AbstractUserAuthServiceFactory;
import org.apache.sshd.common.io.IoWriteFuture;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.common.util.security.SecurityUtils;

/// Logs in with one message: the key and its signature at once (RFC 4252, 7). MINA by itself asks
/// with `none` first, then whether the key would do, and each question costs an emulated guest
/// several milliseconds.
final class SignedLogin extends ClientUserAuthService {
    private static final String METHOD = "publickey";

    private final DaemonKey key;

    private SignedLogin(Session session, DaemonKey key) {
        super(session);
        this.key = key;
    }

    /// Makes the login service of each session.
    static final class Factory extends AbstractUserAuthServiceFactory {
        private final DaemonKey key;

        Factory(DaemonKey key) {
            this.key = key;
        }

        @Override
        public Service create(Session session) {
            return new SignedLogin(session, key);
        }
    }

    @Override
    protected IoWriteFuture sendInitialAuthRequest(ClientSession session, String service)
            throws IOException {
        var request = new ByteArrayBuffer();
        request.putByte(SshConstants.SSH_MSG_USERAUTH_REQUEST);
        request.putString(session.getUsername());
        request.putString(service);
        request.putString(METHOD);
        request.putBoolean(true);
        request.putString(KeyPairProvider.SSH_ED25519);
        request.putPublicKey(key.pair().getPublic());
        var body = request.getCompactData();

        var signature = new ByteArrayBuffer();
        signature.putString(KeyPairProvider.SSH_ED25519);
        signature.putBytes(sign(session.getSessionId(), body));

        var packet = session.createBuffer(SshConstants.SSH_MSG_USERAUTH_REQUEST, body.length + 128);
        packet.putRawBytes(body, 1, body.length - 1);
        packet.putBytes(signature.getCompactData());
        return session.writePacket(packet);
    }

    private byte[] sign(byte[] sessionId, byte[] body) throws IOException {
        var signed = new ByteArrayBuffer();
        signed.putBytes(sessionId);
        signed.putRawBytes(body);
        try {
            var signer = Signature.getInstance(SecurityUtils.ED25519);
            signer.initSign(key.pair().getPrivate());
            signer.update(signed.getCompactData());
            return signer.sign();
        } catch (GeneralSecurityException e) {
            throw new IOException("cannot sign with the daemon's key", e);
        }
    }
}
