using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class HostWarningsTests
{
    [Theory]
    [InlineData("see https://xn--pypal-4ve.com/login", "punycode")]
    [InlineData("https://p\u0430ypal.com", "mixes letters of Latin and Cyrillic")]
    [InlineData("mail p\u0430ypal.com today", "mixes letters")]
    [InlineData("https://\u0430\u0440\u0440\u04CF\u0435.\u0440\u0444/", "outside a–z")]
    [InlineData("https://user@g\u03BFogle.com:8443/x", "mixes letters of Latin and Greek")]
    public void Find_HostThatLooksLikeAnother_IsNamed(string text, string warning) => Assert.Contains(warning, Assert.Single(HostWarnings.Find(text)), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://example.com/path?q=caf\u00E9")]
    [InlineData("Release v1.2.3 of o/r, see docs/readme.md and 127.0.0.1:8080")]
    [InlineData("русский текст. Ещё одно предложение.")]
    public void Find_OrdinaryText_WarnsOfNothing(string text) => Assert.Empty(HostWarnings.Find(text));
}
