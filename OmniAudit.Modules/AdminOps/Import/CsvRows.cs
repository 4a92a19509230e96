using System.Runtime.CompilerServices;
using System.Text;

namespace OmniAudit.Modules.AdminOps.Import;

/// <summary>A row of a CSV file, or what is wrong with it.</summary>
/// <param name="Line">Where it begins, from 1.</param>
internal sealed record CsvRow(long Line, IReadOnlyList<string> Fields, string? Problem = null);

/// <summary>Rows of a CSV file (RFC 4180, and what Excel makes of it: a BOM, semicolons, tabs, a line <c>sep=;</c>), read as a stream with bounded fields.</summary>
internal sealed class CsvRows(TextReader reader, int largest)
{
    private readonly StringBuilder _field = new();
    private readonly List<string> _fields = [];
    private long _line = 1, _began = 1, _size;
    private char? _separator;

    public async IAsyncEnumerable<CsvRow> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new char[32 << 10];
        var (quoted, wasQuote, wasReturn) = (false, false, false);
        while (await reader.ReadAsync(buffer, cancellationToken) is > 0 and var count)
        {
            for (var i = 0; i < count; i++)
            {
                var c = buffer[i];
                if (wasReturn && c == '\n' && !quoted)
                {
                    wasReturn = false;
                    continue;
                }
                wasReturn = false;
                if (c == '\n') _line++;
                if (quoted)
                {
                    if (c == '"') (quoted, wasQuote) = (false, true);
                    else Add(c);
                    continue;
                }
                if (c == '"' && (wasQuote || _field.Length == 0))
                {
                    // Two of them within quotes are one.
                    if (wasQuote) Add('"');
                    (quoted, wasQuote) = (true, false);
                    continue;
                }
                wasQuote = false;
                if (c is '\r' or '\n')
                {
                    if (c == '\r') _line++;
                    wasReturn = c == '\r';
                    if (Row() is { } row) yield return row;
                    _began = _line;
                }
                else if (IsSeparator(c)) Field();
                else Add(c);
            }
        }
        if (quoted) yield return new CsvRow(_began, [], "It is cut off: a quoted field has no end.");
        else if (Row() is { } last) yield return last;
    }

    /// <summary>The first of the usual ones that comes outside quotes.</summary>
    private bool IsSeparator(char c)
    {
        if (_separator is null && (c is ',' or ';' or '\t')) _separator = c;
        return c == _separator;
    }

    private void Add(char c)
    {
        if (++_size <= largest) _field.Append(c);
    }

    private void Field()
    {
        _fields.Add(_field.ToString());
        _field.Clear();
    }

    private CsvRow? Row()
    {
        if (_fields.Count == 0 && _field.Length == 0) return null;
        Field();
        var row = _size > largest ? new CsvRow(_began, [], $"It is larger than {largest >> 20} MiB.") : new CsvRow(_began, [.. _fields]);
        _fields.Clear();
        _size = 0;
        return row;
    }
}
