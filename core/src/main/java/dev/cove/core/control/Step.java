package dev.cove.core.control;

import java.time.Duration;

/// One thing that brings a VM nearer to its spec. Doing it twice is doing it once.
public sealed interface Step {
    /// What a waiting user reads.
    String says();

    record Lease() implements Step {
        @Override
        public String says() {
            return "leasing an address";
        }
    }

    record CloneDisk() implements Step {
        @Override
        public String says() {
            return "cloning the disk";
        }
    }

    record MakeTap() implements Step {
        @Override
        public String says() {
            return "plugging it into the network";
        }
    }

    record Launch() implements Step {
        @Override
        public String says() {
            return "starting the machine";
        }
    }

    record AwaitWord() implements Step {
        @Override
        public String says() {
            return "waiting for the guest to boot";
        }
    }

    record AwaitCommand() implements Step {
        @Override
        public String says() {
            return "waiting for SSH to run a command";
        }
    }

    record AskToShutDown(Duration grace) implements Step {
        @Override
        public String says() {
            return "asking the guest to shut down";
        }
    }

    record Kill() implements Step {
        @Override
        public String says() {
            return "ending the machine's process";
        }
    }

    record RemoveTap() implements Step {
        @Override
        public String says() {
            return "unplugging it from the network";
        }
    }

    record DeleteDisk() implements Step {
        @Override
        public String says() {
            return "deleting the disk";
        }
    }

    /// Deletes the VM's folder, and then its records: the last thing that ever happens to it.
    record Forget() implements Step {
        @Override
        public String says() {
            return "forgetting it";
        }
    }

    /// The guest has turned itself off: that is what is asked for from now on.
    record HonourPowerOff() implements Step {
        @Override
        public String says() {
            return "noting that the guest has turned itself off";
        }
    }

    /// The machine's process has gone without being asked to.
    record NoteDeath() implements Step {
        @Override
        public String says() {
            return "noting that the machine has died";
        }
    }
}
