using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Web.Components.Controls;

namespace OmniAudit.Tests.Components;

public sealed class FaithfulSegmentsTests
{
    /// <summary>Text made of what attackers use, what people use, and broken halves.</summary>
    private static readonly Arbitrary<string> HostileText = Gen.OneOf(
            Gen.Elements("a", "ß", "é", " ", "<b>", "漢", "\n", "e\u0301", "😀"),
            Gen.Choose(0x0000, 0x2FFF).Select(c => ((char)c).ToString()),
            Gen.Choose(0xD800, 0xFFFF).Select(c => ((char)c).ToString()),
            Gen.Choose(0x10000, 0x10FFFF).Select(char.ConvertFromUtf32),
            Gen.Elements("\u202E", "\u2066", "\u200B", "\uFEFF", "\u00AD", "\U000E0041", "\uFE0F", "\u3164", "\u0301"))
        .ListOf().Select(parts => string.Concat(parts)).ToArbitrary();

    [Fact]
    public void Segments_AnyText_AreTheTextAndLoseNothing() =>
        Prop.ForAll(HostileText, text => string.Concat(FaithfulSegments.Of(text).Select(s => s.Source)) == text).QuickCheckThrowOnFailure();

    [Fact]
    public void Segments_AnyText_ShowNothingThatHides() =>
        Prop.ForAll(HostileText, text => FaithfulSegments.Of(text).All(s => !s.Shown.EnumerateRunes().Any(Hides))).QuickCheckThrowOnFailure();

    [Fact]
    public void Segments_PlainPart_IsShownAsItIs() =>
        Prop.ForAll(HostileText, text => FaithfulSegments.Of(text).Where(s => !s.IsEscape).All(s => s.Shown == s.Source)).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("\u202E", "U+202E")]
    [InlineData("\u200B", "U+200B")]
    [InlineData("\U000E0041", "U+E0041")]
    [InlineData("\u0000", "U+0000")]
    [InlineData("\u00A0", "U+00A0")]
    [InlineData("\uFE0F", "U+FE0F")]
    [InlineData("\n", "\\n")]
    [InlineData("\u3164", "U+3164")]
    [InlineData("\u2028", "U+2028")]
    public void Segments_HidingCharacter_IsShownByItsNumber(string character, string shown)
    {
        var segment = Assert.Single(FaithfulSegments.Of("a" + character + "b"), s => s.IsEscape);
        Assert.Equal(shown, segment.Shown);
    }

    [Fact]
    public void Segments_HalfACharacter_IsShownByItsNumber() => Assert.Equal("U+D800", Assert.Single(FaithfulSegments.Of("a\uD800b"), s => s.IsEscape).Shown);

    [Fact]
    public void Segments_OrdinaryTextOfManyLanguages_HasNoEscapes() =>
        Assert.DoesNotContain(FaithfulSegments.Of("Straße, naïve cafe\u0301, 漢字, Ελληνικά, русский, 😀!"), s => s.IsEscape);

    [Fact]
    public void Segments_MarksStackedHigh_AreShownAsEscapes() =>
        Assert.Equal(3, FaithfulSegments.Of("a" + new string('\u0301', 5)).Count(s => s.IsEscape));

    [Fact]
    public void CountHidden_LineEndsAndTabs_AreNotCounted() => Assert.Equal(1, FaithfulSegments.CountHidden("a\n\tb\u202Ec"));

    /// <summary>Written apart from the code under test: categories first, then the default-ignorable ranges.</summary>
    private static bool Hides(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || (Rune.GetUnicodeCategory(rune) == UnicodeCategory.SpaceSeparator && rune.Value != ' ')
        || rune.Value is 0x034F or 0x3164 or 0xFFA0 or 0x115F or 0x1160 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF);
}
