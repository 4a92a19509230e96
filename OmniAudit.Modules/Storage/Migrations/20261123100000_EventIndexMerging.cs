using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations
{
    /// <summary>The word index of audit events gathers a whole batch in memory, and merges its pieces half as often: less is written again for each event (https://www.sqlite.org/fts5.html, 6.1 and 6.7).</summary>
    [DbContext(typeof(OmniAuditDb))]
    [Migration("20261123100000_EventIndexMerging")]
    public partial class EventIndexMerging : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("INSERT INTO audit_event_words(audit_event_words, rank) VALUES ('hashsize', 8388608);");
            migrationBuilder.Sql("INSERT INTO audit_event_words(audit_event_words, rank) VALUES ('automerge', 8);");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("INSERT INTO audit_event_words(audit_event_words, rank) VALUES ('hashsize', 1048576);");
            migrationBuilder.Sql("INSERT INTO audit_event_words(audit_event_words, rank) VALUES ('automerge', 4);");
        }
    }
}
