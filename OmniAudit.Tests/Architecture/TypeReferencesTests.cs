using OmniAudit.Tests.Architecture.Canaries.Above;
using OmniAudit.Tests.Architecture.Canaries.Below;

namespace OmniAudit.Tests.Architecture;

/// <summary>The boundary check must be able to fail: it is shown every way of breaking a rule.</summary>
public sealed class TypeReferencesTests
{
    private const string Root = "OmniAudit.Tests.Architecture.Canaries";

    private static readonly FolderRules Strict = new(Root, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["Above"] = [], ["Below"] = [] });

    public static TheoryData<string> Canaries => [.. typeof(ByBaseType).Assembly.GetTypes().Where(t => t.Namespace == Root + ".Above" && !t.IsNested).Select(t => t.Name)];

    [Theory]
    [MemberData(nameof(Canaries))]
    public void Violations_OfACanary_AreReported(string canary) =>
        Assert.Contains(Strict.Violations(typeof(ByBaseType).Assembly),
            v => v.StartsWith($"{Root}.Above.{canary} uses {Root}.", StringComparison.Ordinal) || v.StartsWith($"{Root}.Above.{canary}+", StringComparison.Ordinal));

    [Fact]
    public void Violations_WhereTheRuleAllowsIt_AreOnlyUsesOfTheRoot()
    {
        var lenient = new FolderRules(Root, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["Above"] = ["Below"], ["Below"] = [] });
        Assert.Equal([$"{typeof(ByRoot).FullName} uses {Root}.CompositionCanary, and Above may not use the composition root"], lenient.Violations(typeof(ByBaseType).Assembly));
    }

    [Fact]
    public void FoldersWithoutARule_OfAnUnknownFolder_NamesIt()
    {
        var rules = new FolderRules(Root, new Dictionary<string, string[]>(StringComparer.Ordinal) { ["Above"] = [] });
        Assert.Equal(["Below"], rules.FoldersWithoutARule(typeof(Forbidden).Assembly));
    }
}
