using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using OmniAudit.Modules;
using OmniAudit.Tests.Support;
using OmniAudit.Web;

namespace OmniAudit.Tests.Architecture;

/// <summary>Who may use whom.</summary>
public sealed partial class BoundaryTests
{
    private static readonly Assembly Modules = typeof(OmniAuditModules).Assembly;
    private static readonly Assembly Web = typeof(OmniAuditServer).Assembly;

    private static readonly string[] Foundations = ["Settings", "Telemetry", "Tools", "Streams", "Storage", "GitHub", "Jobs", "Resources"];

    /// <summary>What each folder of OmniAudit.Modules may use beside itself. Modules never use each other.</summary>
    private static readonly FolderRules Rules = new("OmniAudit.Modules", new Dictionary<string, string[]>(StringComparer.Ordinal)
    {
        ["Settings"] = [],
        // Counts and spans: used wherever there is something to see.
        ["Telemetry"] = [],
        ["Tools"] = ["Settings"],
        // Streams around streams.
        ["Streams"] = [],
        ["Storage"] = ["Settings", "Telemetry", "Streams"],
        // Tools for where redirects may lead, Storage for scratch files.
        ["GitHub"] = ["Settings", "Telemetry", "Tools", "Streams", "Storage"],
        // Who may end a job is what Identities knows.
        ["Jobs"] = ["Settings", "Telemetry", "Tools", "Storage", "Identities"],
        // What the servers of one database know of one another.
        ["Nodes"] = ["Settings", "Storage"],
        // What a resource is; each kind of them lives in the module whose things it shows.
        ["Resources"] = ["Settings", "Tools", "Storage"],

        // Whose approval counts is what Identities knows.
        ["Approvals"] = ["Settings", "Telemetry", "Tools", "Storage", "Identities"],
        ["Receipts"] = ["Settings", "Tools", "Storage"],
        ["AuditLog"] = ["Settings", "Tools", "Storage", "Nodes"],
        ["Identities"] = ["Settings", "Tools", "Storage"],
        ["Oidc"] = ["Settings", "Tools", "Identities"],
        // Who may act on deliveries is what Identities knows.
        ["Webhooks"] = ["Settings", "Telemetry", "Tools", "Storage", "Identities"],

        // Who may keep sign-ins and change schedules is what Identities knows, and it keeps the trail of who did.
        ["SiteLint"] = [.. Foundations, "Identities"],
        // Who may bring evidence, label findings and change drafts is what Identities knows.
        ["AuditLens"] = [.. Foundations, "Identities"],
        // Provenance is signed with the key of the receipt log; who may save notes is what Identities knows.
        ["ReleaseButler"] = [.. Foundations, "Receipts", "Identities"],
        // Who may tag, comment, make rules and settle alerts is what Identities knows; an alert goes out as a webhook.
        ["AdminOps"] = [.. Foundations, "Identities", "Webhooks"],
        // What the product says about itself, and what agents may do about their own requests.
        ["Core"] = [.. Foundations, "Receipts", "Approvals", "ToolCalls"],

        // What is asked of every part: whether it works, and its figures.
        ["Health"] = [.. Foundations, "Approvals", "Receipts", "SiteLint", "AdminOps", "Webhooks"],
        // What is old in every part that says so, with a row in the audit log; what open requests name is kept.
        ["Retention"] = ["Settings", "Tools", "Storage", "Approvals", "Receipts", "AuditLog", "Identities", "SiteLint", "AuditLens"],
        // A copy of the store holds a receipt log, which is verified.
        ["Backups"] = ["Settings", "Storage", "Receipts"],

        // The keys of every part that has some; a change of one leaves a row in the audit log.
        ["Keys"] = ["Settings", "Tools", "Storage", "Receipts", "Identities", "AuditLog"],

        // How every call goes is the one place where approvals, receipts and the audit log meet.
        ["ToolCalls"] = ["Settings", "Telemetry", "Tools", "Storage", "Approvals", "Receipts", "AuditLog", "Identities", "Webhooks", "Nodes"],
    });

    [Fact]
    public void ModuleFolders_UseOnlyWhatTheirRuleAllows() => Assert.Empty(Rules.Violations(Modules));

    [Fact]
    public void ModuleFolders_AllHaveARule() => Assert.Empty(Rules.FoldersWithoutARule(Modules));

    [Fact]
    public void ModuleTypes_OutsideEveryFolder_AreMadeByTheCompilerOnly()
    {
        var strays = Modules.GetTypes().Where(t => !t.IsNested && Rules.FolderOf(t) is null or "" && t != typeof(OmniAuditModules) && !IsGenerated(t));
        Assert.Empty(strays.Select(t => t.FullName));
    }

    [Theory]
    [InlineData("OmniAudit.Modules")]
    [InlineData("OmniAudit.Web")]
    [InlineData("OmniAudit.Tests")]
    public void SourceFiles_HaveTheNamespaceOfTheirFolder(string project)
    {
        var wrong = new List<string>();
        var files = SourceTree.CSharpFiles(project).Where(f => Path.GetFileName(f) is not ("Program.cs" or "Canaries.cs")).ToList();
        foreach (var file in files)
        {
            var folder = Path.GetRelativePath(SourceTree.Root, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '.');
            var declared = NamespaceLine().Match(File.ReadAllText(file)).Groups[1].Value;
            if (declared != folder) wrong.Add($"{Path.GetRelativePath(SourceTree.Root, file)} declares '{declared}'");
        }
        Assert.True(files.Count > 20, $"Only {files.Count} files were found.");
        Assert.Empty(wrong);
    }

    /// <summary>Reading evidence is pure: it takes streams and gives records, whoever fetches, stores and shows them.</summary>
    [Fact]
    public void EvidenceReading_UsesNothingThatReachesOut()
    {
        string[] pure = ["OmniAudit.Modules.AuditLens.Evidence.Parsing", "OmniAudit.Modules.AuditLens.Evidence.Findings", "OmniAudit.Modules.AuditLens.Evidence.Logs", "OmniAudit.Modules.AuditLens.Evidence.Text"];
        var readers = Modules.GetTypes().Where(t => pure.Contains(t.Namespace, StringComparer.Ordinal)).ToList();
        Assert.True(readers.Count > 50, $"Only {readers.Count} types were found.");
        Assert.Empty(from type in readers
                     from used in TypeReferences.Of(type)
                     where (used.Assembly == Modules && used.Namespace is { } name && !pure.Contains(name, StringComparer.Ordinal) && name is not ("OmniAudit.Modules.Tools" or "OmniAudit.Modules.Streams" or "System.Text.RegularExpressions.Generated"))
                         || typeof(HttpMessageInvoker).IsAssignableFrom(used) || used == typeof(File) || used.Namespace?.StartsWith("Microsoft.EntityFrameworkCore", StringComparison.Ordinal) == true
                     select $"{type.FullName} uses {used.FullName}");
    }

    [Fact]
    public void ModuleInternals_AreVisibleToTestsOnly() =>
        Assert.Equal(["OmniAudit.Tests"], Modules.GetCustomAttributes<InternalsVisibleToAttribute>().Select(a => a.AssemblyName));

    [Theory]
    [InlineData("ModelContextProtocol")]
    [InlineData("Quartz")]
    [InlineData("Radzen")]
    [InlineData("Serilog")]
    [InlineData("OpenTelemetry")]
    [InlineData("OmniAudit.Web")]
    public void HostPackages_AreUsedByWebAndNotByModules(string package)
    {
        Assert.Empty(ReferencesOf(Modules, package));
        // The name is right, or the line above proves nothing.
        Assert.True(package == "OmniAudit.Web" || ReferencesOf(Web, package).Count > 0);
    }

    [Theory]
    [InlineData("Microsoft.EntityFrameworkCore")]
    [InlineData("Microsoft.Data.Sqlite")]
    [InlineData("AWSSDK")]
    [InlineData("Microsoft.Playwright")]
    [InlineData("YamlDotNet")]
    public void ModulePackages_AreUsedByModulesAndNotByWeb(string package)
    {
        Assert.Empty(ReferencesOf(Web, package));
        Assert.NotEmpty(ReferencesOf(Modules, package));
    }

    [Fact]
    public void Web_SpeaksToOtherServersThroughModulesOnly()
    {
        Assert.Empty(UsersOfHttpClient(Web));
        Assert.Contains(typeof(TestApp).FullName, UsersOfHttpClient(typeof(TestApp).Assembly));
    }

    private static List<string> ReferencesOf(Assembly assembly, string package) =>
        [.. assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n == package || n.StartsWith(package + ".", StringComparison.Ordinal))];

    private static List<string> UsersOfHttpClient(Assembly assembly) =>
        [.. assembly.GetTypes().Where(t => TypeReferences.Of(t).Any(r => r == typeof(IHttpClientFactory) || typeof(HttpMessageInvoker).IsAssignableFrom(r))).Select(t => t.FullName!)];

    private static bool IsGenerated(Type type) =>
        type.Name.StartsWith('<') || type.GetCustomAttributesData().Any(a => a.AttributeType.Name is nameof(CompilerGeneratedAttribute) or "GeneratedCodeAttribute" or "EmbeddedAttribute");

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline | RegexOptions.NonBacktracking)]
    private static partial Regex NamespaceLine();
}
