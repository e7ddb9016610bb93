# A report over records: grouping, sorting, formats, definitions, reductions.
def total(f): reduce .[] as $r (0; . + ($r | f));
def rounded: . * 100 | round / 100;
{
  count: length,
  active: map(select(.active)) | length,
  price: total(.price) | rounded,
  tags: (map(.tags[]) | group_by(.) | map({tag: .[0], count: length}) | sort_by(-.count, .tag) | .[:10]),
  cities: (group_by(.address.city) | map({key: .[0].address.city, value: (map(.price) | add / length | rounded)}) | from_entries),
  dearest: (max_by(.price) | {id, name, price}),
  first: (sort_by(.address.code) | first | .id),
  names: ([.[].name] | unique | length),
  csv: ([.[] | select(.id < 3) | [.id, .name, .price, .active] | @csv]),
  text: (map(select(.id % 1000 == 0)) | map("\(.id): \(.name | ascii_upcase) of \(.address.city)"))
}
