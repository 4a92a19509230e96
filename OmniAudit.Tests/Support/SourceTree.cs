namespace OmniAudit.Tests.Support;

/// <summary>The repository that these tests were built from.</summary>
internal static class SourceTree
{
    /// <summary>True when generated files are to be written (OMNIAUDIT_WRITE_DOCS=1) and not compared.</summary>
    public static bool WritesDocs { get; } = Environment.GetEnvironmentVariable("OMNIAUDIT_WRITE_DOCS") == "1";

    public static string Root { get; } = FindRoot();

    public static string At(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>Every hand-written C# file of a project.</summary>
    public static IEnumerable<string> CSharpFiles(string project) =>
        from file in Directory.EnumerateFiles(At(project), "*.cs", SearchOption.AllDirectories)
        let folders = Path.GetRelativePath(At(project), file).Split(Path.DirectorySeparatorChar)
        where folders[0] is not ("bin" or "obj")
        select file;

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "OmniAudit.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }
}
