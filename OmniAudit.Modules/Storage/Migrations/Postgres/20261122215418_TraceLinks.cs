using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace OmniAudit.Modules.Storage.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class TraceLinks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "AskedBy",
                table: "jobs",
                type: "text",
                maxLength: 55,
                nullable: true,
                collation: "C");

            migrationBuilder.AddColumn<string>(
                name: "AskedBy",
                table: "approvals",
                type: "text",
                maxLength: 55,
                nullable: true,
                collation: "C");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "AskedBy",
                table: "jobs");

            migrationBuilder.DropColumn(
                name: "AskedBy",
                table: "approvals");
        }
    }
}
