package dev.cove.guest;

import dev.cove.core.Accelerator;
import dev.cove.core.Bytes;
import dev.cove.core.ProcessRef;
import dev.cove.core.port.Machine;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/// A machine of which only the guest channel works.
class ChannelMachine implements Machine {
    private final UnixDomainSocketAddress address;

    ChannelMachine(Path socket) {
        address = UnixDomainSocketAddress.of(socket);
    }

    @Override
    public SocketChannel openGuestChannel() throws IOException {
        return SocketChannel.open(address);
    }

    @Override
    public Saved save(Save how) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void proceed() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void growDisk(Bytes size) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int launch() {
        return 1;
    }

    @Override
    public ProcessRef process() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Accelerator accelerator() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Life life() {
        return Life.RUNNING;
    }

    @Override
    public void onChange(Runnable listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void askToShutDown() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void kill(Duration patience) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Path consoleLog() {
        throw new UnsupportedOperationException();
    }

    @Override
    public SocketChannel openConsole() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
