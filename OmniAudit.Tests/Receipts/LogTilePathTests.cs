using FsCheck;
using FsCheck.Fluent;
using OmniAudit.Modules.Receipts;

namespace OmniAudit.Tests.Receipts;

public sealed class LogTilePathTests
{
    private static Gen<LogTilePath> Paths { get; } =
        from level in Gen.Choose(-1, LogTilePath.MaxLevel)
        from bits in Gen.Choose(0, 48)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        from width in Gen.Choose(1, LogTilePath.FullWidth)
        select new LogTilePath(level < 0 ? null : level, (((ulong)high << 31) | (uint)low) & ((1UL << bits) - 1), width);

    [Theory]
    [InlineData("0/000", 0, 0, 256)]
    [InlineData("3/x001/234.p/17", 3, 1234, 17)]
    [InlineData("1/x001/x234/067", 1, 1234067, 256)]
    [InlineData("entries/999.p/255", null, 999, 255)]
    public void Parse_AsTheSpecificationSpellsIt_IsRead(string text, int? level, ulong index, int width) => Assert.Equal(new LogTilePath(level, index, width), LogTilePath.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0/")]
    [InlineData("0/0")]
    [InlineData("0/0000")]
    [InlineData("00/000")]
    [InlineData("6/000")]
    [InlineData("-1/000")]
    [InlineData("+0/000")]
    [InlineData("0/x000")]
    [InlineData("0/x000/001")]
    [InlineData("0/001/001")]
    [InlineData("0/X001/001")]
    [InlineData("0/000/")]
    [InlineData("/0/000")]
    [InlineData("0/000.p")]
    [InlineData("0/000.p/")]
    [InlineData("0/000.p/0")]
    [InlineData("0/000.p/01")]
    [InlineData("0/000.p/256")]
    [InlineData("0/000.p/1/1")]
    [InlineData("0/.p/1")]
    [InlineData(".p/1")]
    [InlineData("0/٠٠٠")]
    [InlineData("Entries/000")]
    [InlineData("0/x999/x999/x999/x999/999")]
    [InlineData("0/x001/x000/x000/x000/x000/000")]
    public void Parse_AnyOtherSpelling_IsNot(string text) => Assert.Null(LogTilePath.Parse(text));

    [Fact]
    public void Parse_OfAnyTile_GivesItBack() => Prop.ForAll(Paths.ToArbitrary(), path => LogTilePath.Parse(path.ToString()) == path).QuickCheckThrowOnFailure();

    [Fact]
    public void Parse_OfAnyText_GivesNothingOrTheOneTileSpelledSo()
    {
        var texts =
            from level in Gen.Elements("0", "3", "entries", "6", "")
            from length in Gen.Choose(1, 3)
            from elements in Gen.ArrayOf(Gen.Elements("x000", "x001", "000", "234", "x23"), length)
            from end in Gen.Elements("", "", ".p/17", ".p/017", ".p/256", "/")
            select $"{level}/{string.Join('/', elements)}{end}";
        Prop.ForAll(texts.ToArbitrary(), text => LogTilePath.Parse(text) is not { } path || path.ToString() == text).QuickCheckThrowOnFailure();
    }
}
