using OmniAudit.Modules.Storage;

namespace OmniAudit.Tests.Storage;

public sealed class AtomicFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("omniaudit-file-").FullName;

    [Fact]
    public void Replace_InADirectoryThatIsNotThere_CreatesBoth()
    {
        var path = Path.Combine(_directory, "new", "file");
        Assert.Null(AtomicFile.Read(path));
        AtomicFile.Replace(path, [1, 2, 3]);
        Assert.Equal([1, 2, 3], AtomicFile.Read(path)!);
    }

    [Fact]
    public void Replace_LongerContent_LeavesNothingOfIt()
    {
        var path = Path.Combine(_directory, "file");
        AtomicFile.Replace(path, new byte[100]);
        File.WriteAllText(path + ".next", "what a crash left, longer than the new content");
        AtomicFile.Replace(path, [7]);
        Assert.Equal([7], AtomicFile.Read(path)!);
        Assert.Equal([path], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Replace_ThatFails_KeepsTheOldContent()
    {
        var path = Path.Combine(_directory, "file");
        AtomicFile.Replace(path, [1]);
        Directory.CreateDirectory(path + ".next");
        Assert.ThrowsAny<Exception>(() => AtomicFile.Replace(path, [2]));
        Assert.Equal([1], AtomicFile.Read(path)!);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
