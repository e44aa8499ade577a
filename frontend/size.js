/** Bytes in the unit a person would choose: "4.2 MB", "318 KB". */
export const size = (bytes) => {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  let value = bytes;
  while (value >= 999.5 && units.length > 1) {
    value /= 1000;
    units.shift();
  }
  return `${units[0] === "bytes" || value >= 10 ? Math.round(value) : value.toFixed(1)}\u00a0${units[0]}`;
};
