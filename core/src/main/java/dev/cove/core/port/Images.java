package dev.cove.core.port;

import dev.cove.core.Digest;
import dev.cove.core.Image;
import dev.cove.core.Name;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The images that are here.
public interface Images {
    List<Image> list();

    Optional<Image> find(Name name);

    Optional<Image> find(Digest digest);

    /// Makes an image of Debian packages. Whoever waits for it is told of each step.
    ///
    /// @throws dev.cove.core.CoveException INVALID for a faulty recipe, UNAVAILABLE when a program
    ///   or a mirror is missing, CONFLICT when it is being built already
    Image build(Build build, Consumer<String> progress) throws InterruptedException;

    /// Makes an image of a raw disk, a qcow2 disk or a tarball of a root file system, whichever the
    /// content is.
    ///
    /// @param sha256 what the content has to be, if the caller said so
    Image take(Name name, InputStream content, Optional<Digest> sha256, Consumer<String> progress)
            throws InterruptedException;

    /// @throws dev.cove.core.CoveException NOT_FOUND
    void remove(Name name);

    /// @param recipe a built-in recipe's name (`debian`, `debian-slim`), or the text of one
    /// @param suite a Debian suite other than the recipe's own
    record Build(Name name, String recipe, Optional<String> suite) {}
}
